from . import test_attribute
