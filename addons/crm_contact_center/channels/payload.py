"""What crosses the border between a channel and the contact centre."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person can be reached: comparable `value`, and the name given with it."""

    kind: str  # email, phone, login, ...
    value: str
    name: str = ""

    def __bool__(self) -> bool:
        return bool(self.value)


class Automatic(StrEnum):
    """Why a message was not written by a person for us; NO when it was."""

    NO = ""
    OWN = "sent from one of our own addresses"
    REPLY = "automatic reply"
    BULK = "bulk or mailing list"
    BOUNCE = "delivery report"
    LOOP = "too many hops"


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message as received, cleaned: single-line subject, bounded text."""

    channel: str
    external_id: str
    sender: Address
    subject: str = ""
    text: str = ""
    references: tuple[str, ...] = ()
    automatic: Automatic = Automatic.NO


@dataclass(frozen=True, slots=True)
class Outbound:
    """An answer ready to go: to whom, about what."""

    channel: str
    to: Address
    subject: str


class DeliveryState(StrEnum):
    """How far an answer got."""

    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the channel says later about an answer: how far it got, and why not."""

    to: Address
    state: DeliveryState
    detail: str = ""
