from . import test_access
from . import test_dependence
from . import test_deputy
from . import test_handover
from . import test_handover_letter
from . import test_handover_security
from . import test_handover_tour
from . import test_handover_undo
