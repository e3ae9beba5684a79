from . import crm_survivorship_rule
from . import crm_golden
from . import crm_golden_voice
from . import crm_golden_choice
from . import crm_golden_keeping
from . import res_partner_golden
from . import crm_golden_pin
from . import res_partner_sources
