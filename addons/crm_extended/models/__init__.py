from . import crm_run_progress
from . import crm_run_mixin
