from . import crm_lifecycle
from . import crm_picture
from . import crm_picture_who
from . import crm_picture_desks
from . import crm_picture_timeline
from . import crm_picture_story
from . import res_config_settings
from . import res_partner
