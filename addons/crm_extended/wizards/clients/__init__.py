from . import crm_exchange_key_dialog
from . import crm_exchange_set_back
