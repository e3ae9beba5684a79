from . import crm_referral_program
from . import crm_referral_code
from . import crm_referral
from . import crm_referral_follow
from . import crm_referral_tree
from . import res_partner
from . import sale_order
