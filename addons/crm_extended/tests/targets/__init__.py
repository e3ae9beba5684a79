from . import test_target
from . import test_target_exchange
