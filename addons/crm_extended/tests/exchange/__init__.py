from . import test_exchange_contention
from . import test_exchange_faces
from . import test_exchange_feed
from . import test_exchange_hostile
from . import test_exchange_login
from . import test_exchange_scope
