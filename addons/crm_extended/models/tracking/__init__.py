from . import crm_loyalty_track
from . import crm_loyalty_group
from . import crm_loyalty_track_run
from . import crm_loyalty_track_profit
from . import crm_loyalty_whatif
from . import res_partner
