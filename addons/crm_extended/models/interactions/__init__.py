from . import crm_interaction
from . import crm_interaction_mail
from . import mail_message
from . import mail_notification
