from . import crm_exchange_capture
from . import crm_exchange_digest
from . import crm_exchange_partition
from . import crm_exchange_reading
from . import crm_exchange_snapshot
from . import crm_exchange_told
from . import crm_exchange_wait
