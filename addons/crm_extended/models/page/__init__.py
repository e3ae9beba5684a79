from . import crm_customer_page
from . import crm_customer_page_answers
from . import crm_customer_page_loyalty
