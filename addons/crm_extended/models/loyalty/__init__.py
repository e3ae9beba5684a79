from . import crm_loyalty_entry
from . import crm_loyalty_lot
from . import crm_loyalty_reservation
from . import crm_loyalty_ledger
from . import crm_loyalty_posting
from . import loyalty_program
from . import loyalty_card
