from . import test_partner_merge
from . import test_score
from . import test_score_band
from . import test_segment
from . import test_segment_fit
from . import test_segment_history
from . import test_segment_security
from . import test_segment_view
