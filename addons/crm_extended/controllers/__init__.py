from . import customer_page
from . import exchange_portal
from . import exchange_rpc
from . import pivot_export
from . import whatif_export
from . import referral
