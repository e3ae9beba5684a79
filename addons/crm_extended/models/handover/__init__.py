from . import crm_handover
from . import crm_handover_successor
from . import crm_handover_line
from . import crm_handover_move
from . import crm_handover_plan
from . import crm_handover_run
from . import crm_handover_letter
