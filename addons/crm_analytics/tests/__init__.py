from . import test_cube_equals_orm
from . import test_warehouse
from . import test_analytics_security
from . import test_scores
from . import test_tour
