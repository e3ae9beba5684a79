from . import crm_warehouse
from . import crm_warehouse_run
from . import crm_cube
from . import crm_cube_purchase
from . import res_config_settings
from . import crm_score_run
