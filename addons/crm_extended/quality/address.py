"""Parts of a postal address: postcodes as their country writes them, and slips."""

import re
from functools import lru_cache

from .findings import Finding

# country -> (digits and letters without blanks, how they are written; {0} = group 1)
_FIVE = (r"(\d{5})", "{0}")
_FOUR = (r"(\d{4})", "{0}")
_SIX = (r"(\d{6})", "{0}")
_SPACED = (r"(\d{3})(\d{2})", "{0} {1}")
ZIPS = {
    **dict.fromkeys("DE FR IT ES FI EE HR TR UA RS ME BA MX TH MY ID".split(), _FIVE),
    **dict.fromkeys("AT BE DK CH HU NO SI BG LU CY AU NZ ZA GE".split(), _FOUR),
    **dict.fromkeys("RU RO CN IN SG KZ BY VN".split(), _SIX),
    **dict.fromkeys("CZ SK SE GR".split(), _SPACED),
    "PL": (r"(\d{2})(\d{3})", "{0}-{1}"),
    "PT": (r"(\d{4})(\d{3})", "{0}-{1}"),
    "NL": (r"(\d{4})([A-Z]{2})", "{0} {1}"),
    "LV": (r"(?:LV)?(\d{4})", "LV-{0}"),
    "LT": (r"(?:LT)?(\d{5})", "LT-{0}"),
    "MD": (r"(?:MD)?(\d{4})", "MD-{0}"),
    "JP": (r"(\d{3})(\d{4})", "{0}-{1}"),
    "BR": (r"(\d{5})(\d{3})", "{0}-{1}"),
    "US": (r"(\d{5})(\d{4})?", "{0}-{1}"),
    "CA": (r"([A-Z]\d[A-Z])(\d[A-Z]\d)", "{0} {1}"),
    "GB": (r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})", "{0} {1}"),
}
_LOOSE = re.compile(r"[\s.-]")
_COUNTRY_MARK = re.compile(r"^(?:CZ|SK|PL|DE|AT|D|A|PL|F|I|H)[\s-]+(?=\d)", re.I)
_NUMBERLESS = re.compile(r"^[^\d]+$")
_ZIP_CITY = re.compile(r"^(?P<zip>\d[\d\s-]{3,6}\d)\s+(?P<city>\D.*)$")


@lru_cache(maxsize=50_000)
def check_zip(text: str, country: str) -> tuple[Finding, ...]:
    """What is wrong with a postcode; of a country without a known form nothing is.

    >>> check_zip("11000", "CZ"), check_zip("31-559", "PL")
    ((Finding(code='zip_format', field='zip', proposal='110 00'),), ())
    >>> check_zip("31-55", "PL")
    (Finding(code='zip_invalid', field='zip', proposal=''),)
    """
    form = ZIPS.get(country.upper())
    if not form or len(text) > 24:
        return () if not form else (Finding("zip_invalid", "zip"),)
    pattern, template = form
    plain = _LOOSE.sub("", _COUNTRY_MARK.sub("", text.strip())).upper()
    found = re.fullmatch(pattern, plain, re.ASCII)
    if not found:
        return (Finding("zip_invalid", "zip"),)
    wanted = template.format(*(group or "" for group in found.groups())).rstrip("-")
    return () if wanted == text else (Finding("zip_format", "zip", wanted),)


def check_street(text: str) -> tuple[Finding, ...]:
    """A street without a number is seldom an address.

    >>> check_street("Floriańska"), check_street("Floriańska 24")
    ((Finding(code='street_number', field='street', proposal=''),), ())
    """
    text = text.strip()
    if _NUMBERLESS.match(text):
        return (Finding("street_number", "street"),)
    return ()


def check_city(text: str, zip_code: str = "") -> tuple[Finding, ...]:
    """A postcode before the city belongs into its own field.

    >>> check_city("110 00 Praha"), check_city("Praha 1")
    ((Finding(code='city_digits', field='city', proposal='Praha'),), ())
    """
    found = _ZIP_CITY.match(text.strip()[:128])
    if not found:
        return ()
    same = _LOOSE.sub("", found["zip"]) == _LOOSE.sub("", zip_code or found["zip"])
    return (Finding("city_digits", "city", found["city"] if same else ""),)
