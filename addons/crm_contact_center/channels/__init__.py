"""What differs from channel to channel, and nothing else; no ORM in here.

Every channel speaks the contract of `contract.py` with the types of `payload.py`. The
models take it from there in one way for all: identify the customer, note an
interaction, put a work item in a queue. A new channel is one class and one entry in
`CHANNELS`.
"""

from .contract import Channel
from .mail import MailChannel
from .payload import Address, Delivery, DeliveryState, Inbound, Outbound

CHANNELS: dict[str, Channel] = {channel.code: channel for channel in (MailChannel(),)}
