from . import crm_merge_dialog
from . import crm_merge_undo
