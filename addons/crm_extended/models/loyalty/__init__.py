from . import crm_loyalty_entry
from . import crm_loyalty_lot
from . import crm_loyalty_reservation
from . import crm_loyalty_ledger
