from . import test_liability_booking
from . import test_liability_period
