from . import crm_exchange_place
from . import crm_exchange_transfer
from . import crm_exchange_transfer_schedule
from . import crm_exchange_transfer_mark
from . import crm_exchange_transfer_run
from . import crm_exchange_transfer_export
from . import crm_exchange_transfer_import
from . import crm_exchange_transfer_file
