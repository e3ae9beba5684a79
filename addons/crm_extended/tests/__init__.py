from . import test_exchange_feed
from . import test_exchange_scope
from . import test_exchange_faces
from . import test_import
from . import test_import_hostile
from . import test_import_security
from . import test_purchase
from . import test_exchange_contention
