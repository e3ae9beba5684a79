from . import test_policy_apply
from . import test_policy_conflict
from . import test_policy_contact
from . import test_policy_order
from . import test_policy_override
from . import test_policy_security
from . import test_policy_tour
