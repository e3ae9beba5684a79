from . import crm_exchange_key
from . import crm_exchange_keys
