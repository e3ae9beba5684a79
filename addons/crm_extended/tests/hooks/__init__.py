from . import test_hook_security
from . import test_hook_sending
from . import test_hook_service
from . import test_hook_views
from . import test_hook_workers
from . import test_hook_tour
