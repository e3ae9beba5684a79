from . import test_client_foreign
from . import test_client_sync
