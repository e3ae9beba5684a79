from . import transfer_common
from . import test_transfer_committed
from . import test_transfer_export
from . import test_transfer_import
from . import test_transfer_security
from . import test_transfer_sftp
from . import test_transfer_tour
