"""What the e-mail channel makes of honest and hostile messages; no Odoo needed."""

import doctest
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest

sys.path.insert(
    0, str(Path(__file__).parents[2].joinpath("addons", "crm_contact_center"))
)

from channels import CHANNELS, mail  # noqa: E402
from channels.contract import Channel  # noqa: E402
from channels.payload import Address, Automatic, DeliveryState  # noqa: E402

CHANNEL = mail.MailChannel()


def parse(*headers, body="Hello"):
    raw = "\r\n".join([*headers, "", body]).encode()
    return message_from_bytes(raw, policy=policy.SMTP)


def plain(*headers, sender="Jana <jana@example.com>"):
    return parse(f"From: {sender}", "To: shop@harmonia.example", *headers)


def test_examples_in_the_code_hold():
    assert doctest.testmod(mail).failed == 0


def test_each_registered_channel_keeps_the_contract():
    assert CHANNELS["mail"].code == "mail"
    assert all(isinstance(channel, Channel) for channel in CHANNELS.values())


@pytest.mark.parametrize(
    "written, value, name",
    [
        ("jana@Example.com", "jana@example.com", ""),
        ('"Nováková, Jana" <Jana@example.com>', "jana@example.com", "Nováková, Jana"),
        ("=?utf-8?q?Jana?= <jana@example.com>", "jana@example.com", "=?utf-8?q?Jana?="),
        ("jana", "", ""),
        ("<script>@example.com", "", ""),
        ("", "", ""),
        (None, "", ""),
        ("a@b", "", ""),
        ("jana@example.com\r\nBcc: x@example.com", "jana@example.com", ""),
    ],
)
def test_an_address_is_compared_in_one_form(written, value, name):
    address = CHANNEL.address(written)
    assert (address.value, bool(address)) == (value, bool(value))
    if value and "\n" not in written:
        assert address.name == name


def test_a_homograph_address_is_another_address():
    latin, cyrillic = "info@harmonia.example", "info@hаrmonia.example"
    assert CHANNEL.address(latin) != CHANNEL.address(cyrillic)


def test_a_person_is_not_taken_for_a_machine():
    message = plain("Auto-Submitted: no", "Precedence: normal", "Subject: Order 7")
    inbound = CHANNEL.receive(message, frozenset({"shop@harmonia.example"}))
    assert inbound.automatic is Automatic.NO
    assert inbound.sender == Address("email", "jana@example.com", "Jana")
    assert (inbound.subject, inbound.text.strip()) == ("Order 7", "Hello")


@pytest.mark.parametrize(
    "header, why",
    [
        ("Auto-Submitted: auto-replied", Automatic.REPLY),
        ("Auto-Submitted: auto-generated; owner=x", Automatic.REPLY),
        ("X-Auto-Response-Suppress: All", Automatic.REPLY),
        ("X-Autoreply: yes", Automatic.REPLY),
        ("X-Autorespond: away", Automatic.REPLY),
        ("Precedence: auto_reply", Automatic.REPLY),
        ("Precedence: BULK", Automatic.BULK),
        ("Precedence: list", Automatic.BULK),
        ("List-Id: <news.example.com>", Automatic.BULK),
        ("Return-Path: <>", Automatic.BOUNCE),
        ("Content-Type: multipart/report; boundary=x", Automatic.BOUNCE),
    ],
)
def test_a_machine_is_known_by_its_headers(header, why):
    assert CHANNEL.receive(plain(header)).automatic is why


def test_our_own_address_is_a_loop():
    message = plain(sender="Shop <SHOP@harmonia.example>")
    own = frozenset({"shop@harmonia.example"})
    assert CHANNEL.receive(message, own).automatic is Automatic.OWN


def test_a_message_passed_round_too_often_is_a_loop():
    hops = [f"Received: from a by b; hop {n}" for n in range(mail.MAX_HOPS + 1)]
    assert CHANNEL.receive(plain(*hops)).automatic is Automatic.LOOP


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?Order=0D=0ABcc:_all@example.com?=",
        "=?utf-8?b?T3JkZXINCkJjYzogYWxsQGV4YW1wbGUuY29t?=",
        "Order\u202egnp.exe",
        "Order\x00\x07",
    ],
)
def test_a_subject_stays_one_harmless_line(subject):
    message = plain()
    message["Subject"] = subject
    cleaned = CHANNEL.receive(message).subject
    assert not set(cleaned) & set("\r\n\x00\x07\u202e")
    assert cleaned.startswith("Order")


def test_template_code_in_a_subject_is_just_text():
    inbound = CHANNEL.receive(plain("Subject: {{ object.env }}"))
    assert inbound.subject == "{{ object.env }}"
    assert CHANNEL.reply(inbound.sender, inbound.subject).subject == (
        "Re: {{ object.env }}"
    )


def test_references_are_collected_and_bounded():
    many = " ".join(f"<{n}@example.com>" for n in range(500))
    inbound = CHANNEL.receive(
        plain(f"References: {many}", "In-Reply-To: <last@example.com>")
    )
    assert len(inbound.references) == mail.MAX_REFERENCES
    assert inbound.references[-1] == "<last@example.com>"


def test_only_a_participant_may_continue_a_conversation():
    participants = frozenset({"jana@example.com"})
    assert CHANNEL.may_continue(CHANNEL.address("JANA@example.com"), participants)
    assert not CHANNEL.may_continue(CHANNEL.address("eve@example.com"), participants)
    assert not CHANNEL.may_continue(CHANNEL.address(""), frozenset({""}))


def test_a_message_of_ten_thousand_parts_is_cut():
    parts = "--x\r\nContent-Type: text/html\r\n\r\n<p>a</p>\r\n" * 10_000
    message = parse(
        "From: a@example.com", "Content-Type: multipart/mixed; boundary=x", body=parts
    )
    [cut] = mail.bound(message)
    assert "parts" in cut
    assert sum(1 for _part in message.walk()) <= mail.MAX_PARTS
    assert message["From"] == "a@example.com"


def test_a_message_of_a_hundred_thousand_headers_is_cut_but_keeps_what_matters():
    junk = [f"X-{n}: y" for n in range(100_000)]
    message = parse(*junk, "From: a@example.com", "Subject: Order 7", body="Hello")
    [cut] = mail.bound(message)
    assert "headers" in cut
    assert len(message.items()) <= 2 * mail.MAX_HEADERS
    assert (message["From"], message["Subject"]) == ("a@example.com", "Order 7")
    assert message.get_content().strip() == "Hello"


def test_an_ordinary_message_is_not_touched():
    assert mail.bound(plain("Subject: Order 7")) == []


def test_nesting_is_measured_before_it_is_parsed():
    level = b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n"
    assert mail.too_deep(b"".join(level % (n, n) for n in range(3000)))
    assert not mail.too_deep(b"Content-Type: multipart/mixed; boundary=x\r\n")


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Type: text/plain; charset=nonsense"],
        ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: x"],
        ["From: =?utf-8?q?=FF=FE?= <", "Subject: =?bogus?q?x?="],
        ["From: [", "Message-Id: [", "References: ["],
        ["Content-Type: multipart/alternative"],
    ],
)
def test_a_broken_message_is_received_all_the_same(headers):
    inbound = CHANNEL.receive(parse(*headers))
    assert inbound.channel == "mail"


REPORT = """\
From: MAILER-DAEMON@mx.example.com
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; Jana@example.com
Action: failed
Diagnostic-Code: smtp; 550 no such user
--b--
"""


def test_a_delivery_report_tells_who_was_not_reached_and_why():
    report = message_from_bytes(REPORT.encode(), policy=policy.SMTP)
    delivery = CHANNEL.delivery(report)
    assert delivery.to.value == "jana@example.com"
    assert delivery.state is DeliveryState.FAILED
    assert "550" in delivery.detail
    assert CHANNEL.delivery(plain()) is None
