from . import runs
from . import sources
from . import segments
from . import interactions
from . import exchange
from . import res_config_settings
