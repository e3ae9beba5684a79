from . import test_attribute
from . import test_quality
