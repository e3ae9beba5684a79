"""One spelling for values that people and systems write in many.

Everything returns None for a value that says nothing: missing is not different.
"""

import re
import unicodedata
from contextlib import suppress
from functools import lru_cache

import phonenumbers

try:
    from stdnum import get_cc_module
except ImportError:  # pragma: no cover - base_vat's library, nearly always there
    get_cc_module = None

# Letters that Unicode does not take apart
_LETTERS = str.maketrans(
    {"ł": "l", "đ": "d", "ð": "d", "ø": "o", "ı": "i", "ħ": "h", "ß": "ss"}
    | {"æ": "ae", "œ": "oe", "þ": "th", "ə": "e", "ŧ": "t"}
)
_NOT_WORD = re.compile(r"[^\w]+|_+")
_TITLES = frozenset(
    "mr mrs ms miss dr prof sir pan pani mgr ing bc judr mudr phdr rndr mvdr paeddr "
    "thdr doc phd csc drsc mba herr frau hr fr dipl mag inz lic hab jr ii "
    "iii junior senior md bsc msc esq г госпожа господин".split()
)
_LEGAL = frozenset(
    "sro spol as ks vos zs ops sp zoo spzoo sa sc spj spk pp gmbh ag kg ohg ug mbh co "
    "cokg ev inc ltd llc llp plc lp corp corporation company limited incorporated bv "
    "nv srl spa sas sarl eurl oy ab aps kft rt zrt doo dd ood ead eood ooo ооо оао пао "
    "зао ао ип тов oao zao ao pao pty the and".split()
)
_JUNK = frozenset("na none null unknown neznamy nieznany test x xx xxx".split())
_MAILBOXES = frozenset(
    "info office contact kontakt sales obchod admin biuro support noreply mail".split()
)
_FREE_MAIL = frozenset(
    "gmail.com googlemail.com yahoo.com hotmail.com outlook.com live.com icloud.com "
    "seznam.cz email.cz centrum.cz post.cz volny.cz atlas.cz wp.pl onet.pl o2.pl "
    "interia.pl gazeta.pl mail.ru yandex.ru gmx.de gmx.net web.de t-online.de "
    "example.com example.org".split()
)
_STREET_WORDS = {
    "street": "st", "str": "st", "straße": "st", "strasse": "st", "ulice": "",
    "ulica": "", "ul": "", "ulitsa": "", "улица": "", "ул": "", "road": "rd",
    "avenue": "ave", "av": "ave", "crescent": "cr", "cres": "cr", "place": "pl",
    "plac": "pl", "namesti": "nam", "trida": "tr", "square": "sq", "drive": "dr",
    "circuit": "cct", "court": "ct", "lane": "ln", "boulevard": "blvd", "aleja": "al",
    "osiedle": "os", "nabrezi": "nabr",
}  # fmt: skip
_E164 = re.compile(r"\+[1-9]\d{7,14}", re.ASCII)
_HOUSE = re.compile(r"\d+\s*[a-z]?(?:\s*[/-]\s*\d+\s*[a-z]?)?\b")


def short(text: str | None) -> str:
    """What is looked at of a text: no name is longer, and time must stay bounded."""
    return str(text or "")[:256].encode(errors="ignore").decode()  # lone surrogates


@lru_cache(maxsize=65536)
def fold(text: str | None) -> str | None:
    """Lower case, no diacritics, words parted by one space.

    >>> fold("  Łukasz  ŽIŽKA-Straße ")
    'lukasz zizka strasse'
    """
    if not text:
        return None
    text = unicodedata.normalize("NFKD", short(text)).casefold().translate(_LETTERS)
    text = "".join(c for c in text if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", text.replace("\x00", " ")).strip()[:256].strip() or None


def words(text: str | None) -> list[str]:
    folded = fold(text)
    return folded.split() if folded else []


def person(name: str | None) -> tuple[str | None, str | None]:
    """(given, family) name. The last word is the family name, unless a comma says so.

    >>> person("Ing. Jan Novák, Ph.D.")
    ('jan', 'novak')
    >>> person("Nováková, Jana Marie")
    ('jana marie', 'novakova')
    >>> person("Waller")
    (None, 'waller')
    """
    before, _comma, after = short(name).partition(",")
    parts, given = _without_titles(before), _without_titles(after)
    if given and parts:
        return " ".join(given), " ".join(parts)
    parts = parts or given or words(before)[-1:]
    if not parts or (len(parts) == 1 and parts[0] in _JUNK):
        return None, None
    return " ".join(parts[:-1]) or None, parts[-1]


def _without_titles(text: str) -> list[str]:
    # a dotted title such as Ph.D. is one word
    found = words(re.sub(r"(?<=\w)\.(?=\w)", "", text))
    return [word for word in found if word not in _TITLES]


def company(name: str | None) -> str | None:
    """The name without what only tells the legal form.

    >>> company("HARMONIA Music, spol. s r.o.")
    'harmonia music'
    >>> company("The Violin Co. Ltd.")
    'violin'
    """
    text = re.sub(r"\bs\.?\s?r\.?\s?o\b\.?|\bz\.?\s?o\.?\s?o\b\.?", " ", short(name))
    text = re.sub(r"(?<=\b\w)\.\s?(?=\w\b)", "", text)
    found = words(text)
    kept = [word for word in found if word not in _LEGAL]
    return " ".join(kept or found) or None


@lru_cache(maxsize=65536)
def sound(word: str | None) -> str | None:
    """A key that spellings of one sound share; Soundex that keeps four digits.

    The letters' classes are those of Russell (1918), on folded Latin letters.

    >>> sound("novak") == sound("nowack")
    True
    """
    if not word:
        return None
    last = word.split()[-1]
    digits, previous = [], ""
    for letter in last:
        code = _SOUNDEX.get(letter, "")
        if code and code != previous:
            digits.append(code)
        if letter not in "hw":
            previous = code
    first = _SOUNDEX.get(last[0]) or last[0]
    tail = digits[1:] if last[0] in _SOUNDEX else digits
    return first + "".join(tail[:4])


_SOUNDEX = {
    letter: digit
    for digit, letters in enumerate(("bfpvw", "cgjkqsxz", "dt", "l", "mn", "r"), 1)
    for letter in letters
}
_SOUNDEX = {letter: str(digit) for letter, digit in _SOUNDEX.items()}


@lru_cache(maxsize=4096)
def phone(number: str | None, country: str | None = None) -> str | None:
    """E.164, or the plain digits of a number that no numbering plan knows.

    :param country: two letters, for numbers written without a country code

    >>> phone("601 234 567", "CZ")
    '+420601234567'
    """
    if not number:
        return None
    number = short(number)[:64]
    if _E164.fullmatch(number):
        return number
    with suppress(phonenumbers.NumberParseException):
        parsed = phonenumbers.parse(number, country or None)
        if phonenumbers.is_possible_number(parsed):
            return phonenumbers.format_number(
                parsed, phonenumbers.PhoneNumberFormat.E164
            )
    digits = "".join(c for c in number if c.isdecimal() and c.isascii())
    return digits if len(digits) >= 6 and len(set(digits)) > 1 else None


def email(address: str | None) -> str | None:
    """The address itself: no display name, lower case, no tag after a plus.

    >>> email('Jana <Jana.Nova+shop@Example.com>')
    'jana.nova@example.com'
    """
    found = re.search(r"([^\s<>,;@]+)@([^\s<>,;@]+\.[^\s<>,;@.]+)", short(address))
    if not found:
        return None
    user, domain = found[1].casefold(), found[2].casefold()
    return f"{user.partition('+')[0] or user}@{domain}"[:256]


def domain(address: str | None) -> str | None:
    """The organisation's part of an e-mail address or web site, none of a free mailer.

    >>> domain("https://www.Harmonia.example/contact")
    'harmonia.example'
    >>> domain("jana@gmail.com")
    """
    text = short(address).casefold().rpartition("@")[2]
    text = re.sub(r"^\w+://", "", text).removeprefix("www.")
    text = re.split(r"[/:?#\s>]", text)[0]
    return text[:256] if "." in text and text not in _FREE_MAIL else None


def shared_mailbox(address: str | None) -> bool:
    """Whether an address belongs to an office rather than to a person."""
    return (address or "").partition("@")[0] in _MAILBOXES


@lru_cache(maxsize=4096)
def tax_id(number: str | None, country: str | None = None) -> str | None:
    """Compact number, led by its country when its check digit says it is valid there.

    >>> tax_id("699 01 7899 0", "CZ") == tax_id("CZ6990178990")
    False
    >>> tax_id("CZ 25596641") == tax_id("25596641", "cz")
    True
    """
    if not number:
        return None
    compact = "".join(c for c in short(number).upper()[:64] if c.isalnum())
    if len(compact) < 4 or len(set(compact)) < 2:
        return None
    led = compact[:2] if compact[:2].isalpha() else ""
    country = (led or country or "").lower()
    module = _vat_module(country)
    if module:
        plain = compact.removeprefix(country.upper())
        if module.is_valid(plain):
            return country.upper() + module.compact(plain).upper()
    return compact


@lru_cache(maxsize=256)
def _vat_module(country: str):
    if not get_cc_module or len(country) != 2 or not country.isascii():
        return None
    try:
        return get_cc_module(country, "vat")
    except (ImportError, ValueError):  # pragma: no cover
        return None


def identifier(text: str | None) -> str | None:
    """A number or code of a register: letters and digits only."""
    compact = (fold(text) or "").replace(" ", "")
    return compact if compact and compact not in _JUNK else None


def address(street: str | None) -> tuple[str | None, str | None]:
    """(street, house number), with the words for street abbreviated.

    >>> address("Dlouhá ulice 12/3a")
    ('dlouha', '12/3a')
    >>> address("69 Giblin Street")
    ('giblin st', '69')
    """
    text = unicodedata.normalize("NFKC", short(street)).casefold()
    numbers = list(_HOUSE.finditer(text))
    house = None
    if numbers:
        found = numbers[0] if text.lstrip()[:1].isdecimal() else numbers[-1]
        house = re.sub(r"\s+", "", found[0])
        text = text[: found.start()] + " " + text[found.end() :]
    kept = (_STREET_WORDS.get(word, word) for word in words(text))
    return " ".join(word for word in kept if word) or None, house


def postcode(text: str | None) -> str | None:
    """
    >>> postcode("110 00")
    '11000'
    """
    return identifier(text)


def date(value) -> str | None:
    """ISO date of a date or of usual texts: 1990-02-01, 19900201, 1.2.1990.

    >>> date("1. 2. 1990")
    '1990-02-01'
    """
    text = str(value or "").strip()[:32]
    if found := re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})(?:[ T].*)?", text):
        year, month, day = found.groups()
    elif found := re.fullmatch(r"(\d{1,2})[./]\s*(\d{1,2})[./]\s*(\d{4})", text):
        day, month, year = found.groups()
    else:
        return None
    if year < "1850":
        return None
    return f"{year}-{month:0>2}-{day:0>2}"  # not checked: a typo is still evidence
