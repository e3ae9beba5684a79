from . import crm_attribute
from . import crm_attribute_value
from . import crm_attribute_store
from . import crm_attribute_search
from . import crm_need
from . import crm_competitor_product
from . import res_partner
from . import res_partner_profile
