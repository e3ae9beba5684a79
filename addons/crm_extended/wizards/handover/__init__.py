from . import crm_handover_undo
