from . import test_handover
from . import test_handover_security
from . import test_handover_undo
