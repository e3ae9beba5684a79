from . import test_budget, test_candidates, test_conduct, test_event
