"""A guess at what a file looks like, for a person to confirm. Imports never guess."""

import csv
import io
import unicodedata
from typing import NamedTuple

from .problems import FileProblem
from .text_rows import find_encoding

_DELIMITERS = ",;\t|"
_NAMES = {
    "customer_key": "customer customer_id customerid id key number zakaznik klient nr",
    "name": "name customer_name full_name jmeno nazev nazwa imie_i_nazwisko",
    "email": "email e-mail e_mail mail",
    "phone": "phone telephone tel mobile telefon",
    "street": "street address ulice adresa ulica adres",
    "zip": "zip postcode postal_code psc kod_pocztowy",
    "city": "city town mesto miasto",
    "country": "country country_code zeme stat kraj",
    "vat": "vat vat_number tax_id dic nip",
    "ref": "ref reference",
    "lang": "lang language jazyk jezyk",
    "is_company": "is_company company firma",
    "comment": "comment note notes poznamka uwagi",
    "attribute:birth_date": "birth_date date_of_birth birthday dob born "
    "datum_narozeni narozen data_urodzenia",
    "attribute:personal_number": "personal_number rodne_cislo pesel soc_sec_id ssn",
    "attribute:gender": "gender sex pohlavi plec",
    "purchase_key": "purchase receipt receipt_no receipt_number order order_id invoice",
    "date": "date day purchase_date datum data",
    "product_code": "sku product_code article_no",
    "product_name": "product article item title zbozi towar",
    "category": "category kategorie kategoria genre",
    "quantity": "quantity qty pieces number_of_cds mnozstvi ilosc",
    "amount": "amount total price value dollar_value castka cena kwota",
    "cost": "cost purchase_price naklad koszt",
    "currency": "currency mena waluta",
    "branch": "branch store shop pobocka oddzial sklep",
    "channel": "channel kanal",
    "payment_method": "payment payment_method platba platnosc",
}
_TARGET_OF = {
    name: target for target, names in _NAMES.items() for name in names.split()
}


class Guess(NamedTuple):
    """:param header: the texts of the first row"""

    kind: str
    encoding: str
    delimiter: str
    header: list[str]


def guess_layout(head: bytes) -> Guess:
    """Look at the first bytes of a file.

    :raises FileProblem: empty, binary

    >>> guess_layout(b"customer;name\\n1;Jana\\n2;Petr\\n")
    Guess(kind='csv', encoding='auto', delimiter=';', header=['customer', 'name'])
    """
    if not head.strip():
        raise FileProblem("empty")
    if head[:4] == b"PK\x03\x04":
        return Guess("xlsx", "auto", ",", [])
    try:
        encoding = find_encoding(head, "auto")
        shown = "auto"
    except FileProblem as problem:
        if problem.code != "encoding_unknown":
            raise
        encoding = shown = "cp1250"
    lines = head.decode(encoding, errors="replace").splitlines()[:20]
    delimiter = max(_DELIMITERS, key=lambda mark: _agreement(lines, mark))
    if not _agreement(lines, delimiter) and len(lines[0].split()) > 1:
        return Guess("blank", shown, delimiter, lines[0].split())
    [header] = csv.reader(io.StringIO(lines[0]), delimiter=delimiter)
    return Guess("csv", shown, delimiter, [name.strip() for name in header])


def _agreement(lines: list[str], delimiter: str) -> int:
    widths = [len(row) for row in csv.reader(lines[:-1] or lines, delimiter=delimiter)]
    widest = max(set(widths), key=widths.count, default=0)
    return (widest - 1) * widths.count(widest)


def guess_target(name: str) -> str | None:
    """The field that a column of this name most likely fills.

    >>> guess_target("Jméno"), guess_target("E-mail"), guess_target("x")
    ('name', 'email', None)
    """
    plain = unicodedata.normalize("NFKD", name.strip().casefold().replace(" ", "_"))
    return _TARGET_OF.get("".join(c for c in plain if not unicodedata.combining(c)))
