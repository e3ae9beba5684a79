from . import test_policy_apply
