from . import crm_exchange_credential
from . import crm_exchange_usage
from . import crm_exchange_client_limits
from . import crm_exchange_audit
from . import crm_exchange_audited
from . import crm_exchange_admission
from . import crm_exchange_replay
from . import crm_exchange_desk
