from . import crm_merge_undo
