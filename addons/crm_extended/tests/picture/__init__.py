from . import test_lifecycle
from . import test_picture
from . import test_picture_security
from . import test_picture_tour
