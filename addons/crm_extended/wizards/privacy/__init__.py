from . import crm_consent_answer
