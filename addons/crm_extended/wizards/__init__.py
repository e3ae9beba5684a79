from . import base_partner_merge
from . import privacy
from . import handover
from . import merging
