from . import test_consent, test_consent_lists
