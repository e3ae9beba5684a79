from . import crm_exchange_entities
from . import crm_exchange_key
from . import crm_exchange_keys
from . import crm_exchange_values
from . import crm_exchange_visible
