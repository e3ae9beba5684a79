from . import crm_lifecycle
from . import res_config_settings
from . import res_partner
