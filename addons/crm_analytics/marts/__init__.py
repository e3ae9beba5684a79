"""Subject tables over the purchase fact: ibis expressions, for any engine."""

from .customer_history import customer_days, customer_history
from .holdout import holdout
from .purchases import purchases, to_sql
from .rfm import rfm

__all__ = ["customer_history", "holdout", "customer_days", "purchases", "rfm", "to_sql"]
