from . import test_ledger
from . import test_ledger_guards
from . import test_ledger_parallel
from . import test_ledger_property
from . import test_loyalty_card
from . import test_loyalty_care
from . import test_loyalty_sale
