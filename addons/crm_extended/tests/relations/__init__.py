from . import test_relation
from . import test_relation_drawing
from . import test_relation_security
