from . import test_budget
from . import test_budget_parallel
from . import test_candidates
from . import test_conduct
from . import test_event
from . import test_programme_security
from . import test_simulation
from . import test_uplift
