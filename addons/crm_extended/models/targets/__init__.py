from . import crm_target
from . import crm_exchange_push_target
