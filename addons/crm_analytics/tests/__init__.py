from . import (
    test_analytics_security,
    test_cube_currency,
    test_cube_equals_orm,
    test_exchange_score,
    test_purchase_fact,
    test_score_columns,
    test_scores,
    test_tour,
    test_warehouse,
)
