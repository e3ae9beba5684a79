from . import test_tracking_customer
from . import test_tracking_group
