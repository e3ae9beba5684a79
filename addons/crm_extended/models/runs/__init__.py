from . import crm_run_progress
from . import crm_kept_mixin
from . import crm_run_mixin
