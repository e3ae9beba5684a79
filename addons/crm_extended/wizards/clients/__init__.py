from . import crm_exchange_key_dialog
