from . import base_partner_merge
from . import clients
from . import privacy
from . import handover
from . import merging
from . import segments
