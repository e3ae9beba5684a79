from . import test_offer, test_offer_run, test_offer_security
