from . import crm_kind
from . import res_partner_relation_type
from . import crm_relation_role
from . import crm_relation
from . import res_partner_relation
from . import crm_relation_drawing
from . import crm_merge
from . import res_partner
