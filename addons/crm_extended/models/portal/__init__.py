from . import crm_exchange_client_portal
from . import crm_exchange_console
