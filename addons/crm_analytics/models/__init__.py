from . import (
    crm_cube,
    crm_cube_purchase,
    crm_exchange,
    crm_personal_data,
    crm_score_run,
    crm_score_run_store,
    crm_warehouse,
    crm_warehouse_run,
    res_partner,
    res_config_settings,
)
