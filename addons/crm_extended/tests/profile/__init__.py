from . import test_attribute
from . import test_need
from . import test_profile_security
from . import test_profile_tour
from . import test_quality
