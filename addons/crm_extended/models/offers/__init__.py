from . import crm_offer_hint
from . import crm_offer
from . import crm_offer_line
from . import crm_offer_reasons
from . import crm_offer_proposing
from . import crm_offer_run
from . import res_partner
from . import sale_order
