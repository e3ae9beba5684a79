"""Signatures of real kinds are understood, anything doubtful and any bomb is not."""

import doctest
import random
import time

import pytest
from intake import signature
from intake.signature import parse_signature

CZECH = """Dobrý den,
posílám objednávku not.

S pozdravem

Ing. Jana Nováková
vedoucí nákupu
Hudební nakladatelství Harfa s.r.o.
tel.: +420 777 123 456
IČO: 12345678
jana@harfa.example | www.harfa.example

Dne 3. 1. 2026 Petr napsal:
> -- 
> Petr Starý
> +420 111 222 333
"""


def test_examples_in_docstrings_hold():
    assert doctest.testmod(signature).failed == 0


def test_a_czech_signature_above_a_quoted_mail():
    assert parse_signature(CZECH) == {
        "name": "Ing. Jana Nováková",
        "function": "vedoucí nákupu",
        "company_name": "Hudební nakladatelství Harfa s.r.o.",
        "phone": "+420 777 123 456",
        "website": "www.harfa.example",
    }


def test_a_polish_one_on_a_single_line():
    mail = "Dzień dobry,\nproszę o ofertę.\n-- \nZofia Dudek | Kierownik sklepu\n"
    mail += "Melodia sp. z o.o.\nfax: +48 12 000 00 00\ntel. +48 12 345 67 89"
    found = parse_signature(mail)
    assert found["name"] == "Zofia Dudek"
    assert found["function"] == "Kierownik sklepu"
    assert found["company_name"] == "Melodia sp. z o.o."
    assert found["phone"] == "+48 12 345 67 89", "not the fax"


@pytest.mark.parametrize(
    "mail",
    [
        "",
        "Hello, call me at +420 777 123 456 tomorrow.",
        "Thanks\nfor the last order. It came on 12. 5. 2026.\n" + "More text.\n" * 20,
        "Best regards",
        "-- \n",
        "IČO: 12345678\n-- \nDIČ: CZ12345678",
    ],
)
def test_without_a_clear_signature_nothing_is_said(mail):
    assert parse_signature(mail) == {}


def test_an_odd_sender_name_is_found_when_the_mail_says_so():
    mail = "Hi\n-- \njana n\n+420 777 123 456"
    assert "name" not in parse_signature(mail)
    assert parse_signature(mail, "Jana N")["name"] == "jana n"


def test_no_input_takes_long():
    rng = random.Random(7)
    bombs = [
        "-- \n" + "1 " * 500_000,
        "-- \n" + ("a@" * 60 + "\n") * 1000,
        "-- \n" + ("(((((" * 20 + "\n") * 1000,
        "On " + "x " * 100_000,
        "regards\n" * 50_000,
        "-- \n" + "A" * 110 + "!\n" + "www." * 25,
        "".join(chr(rng.randrange(1, 0x2FFF)) for _n in range(100_000)),
    ]
    for bomb in bombs:
        began = time.perf_counter()
        parse_signature(bomb)
        assert time.perf_counter() - began < 0.5
