from . import crm_exchange_hook
from . import crm_exchange_hook_rotation
from . import crm_exchange_hook_secret
from . import crm_exchange_hook_delivery
from . import crm_exchange_hook_news
from . import crm_exchange_hook_sending
from . import crm_exchange_hook_service
from . import crm_exchange_client
