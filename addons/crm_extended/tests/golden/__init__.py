from . import golden_common
from . import test_golden
