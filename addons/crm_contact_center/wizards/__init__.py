from . import crm_work_item_close, crm_work_item_transfer
