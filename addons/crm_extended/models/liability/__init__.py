from . import crm_loyalty_point_value
from . import loyalty_program
