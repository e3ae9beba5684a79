from . import test_interaction
