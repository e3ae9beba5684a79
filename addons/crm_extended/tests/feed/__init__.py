from . import test_exchange_digest
from . import test_exchange_parts
from . import test_exchange_relations
from . import test_exchange_between
