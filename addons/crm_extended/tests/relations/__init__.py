from . import test_relation
from . import test_relation_drawing
from . import test_relation_security
from . import test_relation_tour
from . import test_relation_merge
