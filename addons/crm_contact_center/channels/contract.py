"""The one contract between the contact centre and any channel."""

from abc import ABC, abstractmethod
from typing import Any

from .payload import Address, Delivery, Inbound, Outbound


class Channel(ABC):
    """A way to talk with a customer. Subclass it and add the instance to `CHANNELS`."""

    code: str  # as in `crm.interaction.channel`

    @abstractmethod
    def address(self, text: str) -> Address:
        """The comparable form of an address as a person or a system wrote it.

        An address that is none comes back falsy.
        """

    @abstractmethod
    def receive(self, raw: Any, own: frozenset[str] = frozenset()) -> Inbound:
        """What came in, cleaned and bounded.

        :param raw: the message in the channel's own form, as hostile as it likes
        :param own: our own addresses on this channel, in comparable form
        """

    @abstractmethod
    def reply(self, to: Address, subject: str) -> Outbound:
        """An answer to `to` in the conversation about `subject`."""

    @abstractmethod
    def delivery(self, raw: Any) -> Delivery | None:
        """What a delivery report says, None when `raw` is no such report."""

    def may_continue(self, sender: Address, participants: frozenset[str]) -> bool:
        """Whether `sender` may add to a conversation held with `participants`.

        A reference to the conversation proves nothing: anyone can write one. Override
        where the channel itself vouches for the sender.
        """
        return bool(sender) and sender.value in participants
