from . import test_hook_sending
