from . import test_interaction
from . import test_interaction_access
from . import test_interaction_upkeep
