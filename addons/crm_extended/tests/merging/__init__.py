from . import (
    test_merge,
    test_merge_accounting,
    test_merge_callers,
    test_merge_odoo,
    test_merge_property,
    test_merge_refused,
    test_merge_security,
    test_merge_undo,
)
