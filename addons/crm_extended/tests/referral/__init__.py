from . import test_referral
from . import test_referral_security
