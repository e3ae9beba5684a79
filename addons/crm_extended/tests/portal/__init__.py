from . import test_exchange_portal
from . import test_exchange_portal_hostile
from . import test_exchange_portal_tour
