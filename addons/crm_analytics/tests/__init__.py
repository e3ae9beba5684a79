from . import (
    test_analytics_security,
    test_cube_currency,
    test_cube_equals_orm,
    test_scores,
    test_tour,
    test_warehouse,
)
