from . import test_push
from . import test_push_bulk
from . import test_push_desk
from . import test_push_faces
from . import test_push_merge
from . import test_push_scope
from . import test_push_keys
