from . import test_customer_page
from . import test_customer_page_hostile
from . import test_customer_page_tour
