from . import crm_exchange_audit
from . import crm_exchange_audited
