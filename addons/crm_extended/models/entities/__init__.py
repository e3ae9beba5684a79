from . import crm_exchange_entities
from . import crm_exchange_key
from . import crm_exchange_keys
from . import crm_exchange_push_history
from . import crm_exchange_push_profile
from . import crm_exchange_push_sale
from . import crm_exchange_values
from . import crm_exchange_visible
