from . import crm_segment_addition
