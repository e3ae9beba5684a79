"""E-mail: who wrote, was it a person, and is the message of a sane size."""

import re
from email.errors import HeaderParseError, MessageError
from email.message import EmailMessage
from email.utils import getaddresses, parseaddr

from .contract import Channel
from .payload import Address, Automatic, Delivery, DeliveryState, Inbound, Outbound

MAX_PARTS = 200
MAX_HEADERS = 300
MAX_CONTAINERS = 100  # nested multiparts and attached messages
MAX_HOPS = 50
MAX_TEXT = 20_000
MAX_REFERENCES = 32

# Kept whatever their place when a message carries too many headers
KNOWN_HEADERS = frozenset(
    "auto-submitted cc content-disposition content-transfer-encoding content-type date "
    "delivered-to from in-reply-to list-id message-id mime-version precedence "
    "references reply-to return-path sender subject to x-auto-response-suppress "
    "x-autoreply x-autorespond".split()
)
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@.]{2,}")
_CONTAINER = re.compile(rb"^content-type:\s*(?:multipart|message)/", re.I | re.M)
# Line breaks and control characters, bidirectional overrides, halves of surrogate pairs
_UNSAFE = re.compile(
    "[\x00-\x20\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff]+"
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
_DAEMONS = ("mailer-daemon", "postmaster")
_BULK = ("bulk", "junk", "list")


def one_line(text: str | None, limit: int = 250) -> str:
    r"""Text as one harmless line: it can be a title, a header, a file name.

    >>> one_line("Order 7\r\nBcc: everyone@example.com")
    'Order 7 Bcc: everyone@example.com'
    """
    return _UNSAFE.sub(" ", text or "").strip()[:limit].rstrip()


def too_deep(raw: bytes) -> bool:
    """Whether parsing the raw message would nest deeper than any honest one."""
    return len(_CONTAINER.findall(raw)) > MAX_CONTAINERS


def bound(message: EmailMessage) -> list[str]:
    """Cut a message down to a sane size, in place; says what was cut, for the log.

    The first parts and all headers that mean something to us stay.
    """
    cuts = []
    headers = list(message.raw_items())
    if len(headers) > MAX_HEADERS:
        kept = [
            item
            for place, item in enumerate(headers)
            if place < MAX_HEADERS or item[0].lower() in KNOWN_HEADERS
        ][: 2 * MAX_HEADERS]
        payload = message.get_payload()
        message.clear()
        message.set_payload(payload)
        for name, value in kept:
            message.set_raw(name, value)
        cuts.append(f"{len(headers) - len(kept)} of {len(headers)} headers")
    parts = sum(1 for _part in message.walk())
    if parts > MAX_PARTS:
        _cut_parts(message, MAX_PARTS)
        cuts.append(f"{parts - MAX_PARTS} of {parts} parts")
    return cuts


def _cut_parts(message: EmailMessage, room: int) -> int:
    """Keep the first `room` parts in reading order; returns the room that is left."""
    room -= 1
    if message.is_multipart():
        kept = []
        for part in message.get_payload():
            if room <= 0:
                break
            room = _cut_parts(part, room)
            kept.append(part)
        message.set_payload(kept)
    return room


class MailChannel(Channel):
    """E-mail as Python's parser gives it (`email.message.EmailMessage`)."""

    code = "mail"

    def address(self, text: str) -> Address:
        """
        >>> MailChannel().address('"Jana N." <Jana@Example.COM>')
        Address(kind='email', value='jana@example.com', name='Jana N.')
        """
        # What follows a line break is never part of the address: it was smuggled in
        first_line = (text or "").strip().partition("\n")[0]
        cleaned = one_line(first_line, limit=1000)
        name, value = parseaddr(cleaned)
        if not _ADDRESS.fullmatch(value):
            found = (v for _n, v in getaddresses([cleaned]) if _ADDRESS.fullmatch(v))
            value = next(found, "")
        return Address("email", value.lower(), one_line(name, 100) if value else "")

    def receive(self, raw: EmailMessage, own: frozenset[str] = frozenset()) -> Inbound:
        sender = self.address(_header(raw, "From"))
        references = f"{_header(raw, 'References')} {_header(raw, 'In-Reply-To')}"
        return Inbound(
            channel=self.code,
            external_id=one_line(_header(raw, "Message-Id"), 500),
            sender=sender,
            subject=one_line(_header(raw, "Subject")),
            text=_text(raw),
            references=tuple(_MESSAGE_ID.findall(references)[-MAX_REFERENCES:]),
            automatic=self._automatic(raw, sender, own),
        )

    def reply(self, to: Address, subject: str) -> Outbound:
        """
        >>> MailChannel().reply(Address("email", "a@b.cz"), "RE: Order 7").subject
        'RE: Order 7'
        """
        subject = one_line(subject)
        if not subject[:3].lower() == "re:":
            subject = f"Re: {subject}"
        return Outbound(self.code, to, subject)

    def delivery(self, raw: EmailMessage) -> Delivery | None:
        """What a delivery status report (RFC 3464) says of its first recipient."""
        for part in raw.walk():
            if part.get_content_type() != "message/delivery-status":
                continue
            for block in part.get_payload():
                recipient = _header(block, "Final-Recipient").partition(";")[2]
                to = self.address(recipient)
                if not to:
                    continue
                action = _header(block, "Action").strip().lower()
                state = {
                    "failed": DeliveryState.FAILED,
                    "delivered": DeliveryState.DELIVERED,
                }.get(action, DeliveryState.SENT)
                detail = one_line(_header(block, "Diagnostic-Code"))
                return Delivery(to, state, detail)
        return None

    def _automatic(
        self, raw: EmailMessage, sender: Address, own: frozenset[str]
    ) -> Automatic:
        """Signs of a machine: RFC 3834, RFC 2919, and what mail servers really send."""
        if sender.value in own:
            return Automatic.OWN
        if self._is_bounce(raw, sender):
            return Automatic.BOUNCE
        submitted = _header(raw, "Auto-Submitted").split(";")[0].strip().lower()
        precedence = _header(raw, "Precedence").strip().lower()
        if (
            submitted not in ("", "no")
            or precedence == "auto_reply"
            or _header(raw, "X-Auto-Response-Suppress").strip()
            or _header(raw, "X-Autoreply").strip()
            or _header(raw, "X-Autorespond").strip()
        ):
            return Automatic.REPLY
        if precedence in _BULK or _header(raw, "List-Id").strip():
            return Automatic.BULK
        if len(raw.get_all("Received", [])) > MAX_HOPS:
            return Automatic.LOOP
        return Automatic.NO

    def _is_bounce(self, raw: EmailMessage, sender: Address) -> bool:
        return (
            sender.value.partition("@")[0] in _DAEMONS
            or raw.get_content_type() == "multipart/report"
            or _header(raw, "Return-Path").strip() == "<>"
        )


def _header(message: EmailMessage, name: str) -> str:
    """A header's text; what cannot be parsed counts as missing."""
    try:
        return str(message.get(name) or "")
    except (MessageError, HeaderParseError, ValueError, IndexError, AttributeError):
        return ""


def _text(message: EmailMessage) -> str:
    """The readable body, bounded. HTML is left to those who can sanitise it."""
    try:
        body = message.get_body(("plain",))
        return body.get_content()[:MAX_TEXT] if body else ""
    except (MessageError, LookupError, ValueError, AttributeError):
        return ""
