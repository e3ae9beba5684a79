from . import test_exchange_audit
from . import test_exchange_credential
from . import test_exchange_desk
from . import test_exchange_doors
from . import test_exchange_limits
from . import test_exchange_own
from . import test_exchange_reconcile
from . import test_exchange_replay
