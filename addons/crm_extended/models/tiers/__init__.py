from . import crm_loyalty_tier
from . import crm_loyalty_tier_level
from . import crm_loyalty_tier_rule
from . import crm_loyalty_tier_member
from . import res_partner
