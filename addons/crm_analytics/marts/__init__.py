"""Subject tables over the purchase fact: ibis expressions, for any engine."""

from .customer_history import customer_history, purchase_days
from .holdout import holdout
from .purchases import purchases, to_sql
from .rfm import rfm

__all__ = ["customer_history", "holdout", "purchase_days", "purchases", "rfm", "to_sql"]
