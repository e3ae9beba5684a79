from . import crm_review_claim
from . import crm_review_decision
from . import crm_review
from . import crm_review_check
from . import crm_review_card
