"""A copy of a CRM's records in your own database, both ways, whatever interrupts it.

>>> from crm_exchange_client import Exchange, Login, Replica, Store, open_face, pull
>>> login = Login("https://crm.example.com", "crm", "exchange-my-erp", "the key")
>>> exchange = Exchange(open_face(login))
"""

from .errors import (
    ClientError,
    ContractBroken,
    Refused,
    SettingsError,
    StoreBusy,
    Unauthorized,
    Unfit,
    Unreachable,
)
from .exchange import Exchange
from .face import Face, Login, open_face
from .outbox import Outbox
from .patience import Patience
from .pulling import pull
from .pushing import push
from .replica import Replica
from .store import Store

__all__ = [
    "ClientError",
    "ContractBroken",
    "Exchange",
    "Face",
    "Login",
    "Outbox",
    "Patience",
    "Refused",
    "Replica",
    "SettingsError",
    "Store",
    "StoreBusy",
    "Unauthorized",
    "Unfit",
    "Unreachable",
    "open_face",
    "pull",
    "push",
]
