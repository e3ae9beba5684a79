from . import golden_common
from . import test_golden
from . import test_sources_page
from . import test_withdrawal
from . import test_adapters
from . import test_source_contact
from . import test_source_query
from . import test_source_rights
