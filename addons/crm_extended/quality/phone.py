"""Telephone numbers in the form of E.164, read with the customer's country."""

from functools import lru_cache

import phonenumbers

from .findings import Finding

_LONGEST = 64


@lru_cache(maxsize=50_000)
def check_phone(text: str, country: str = "") -> tuple[Finding, ...]:
    """What is wrong with a number; spaces between its digits are not.

    :param country: ISO code, as "CZ", used where the number has no country of its own

    >>> check_phone("+420 601 112 233")
    ()
    >>> check_phone("601 112 233", "CZ")
    (Finding(code='phone_format', field='phone', proposal='+420601112233'),)
    >>> check_phone("601 112 233")
    (Finding(code='phone_country', field='phone', proposal=''),)
    """
    text = text.strip()
    if len(text) > _LONGEST:
        return (Finding("phone_invalid", "phone"),)
    # some write 00 for +, which no country's plan knows when the country is not given
    plain = f"+{text[2:]}" if text.startswith("00") else text
    try:
        number = phonenumbers.parse(plain, country.upper() or None)
    except phonenumbers.NumberParseException as error:
        unknown = error.error_type == error.INVALID_COUNTRY_CODE
        if unknown and not country and not plain.startswith("+"):
            return (Finding("phone_country", "phone"),)
        return (Finding("phone_invalid", "phone"),)
    if not phonenumbers.is_valid_number(number):
        return (Finding("phone_invalid", "phone"),)
    wanted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if number.extension or _bare(text) == wanted:
        return ()
    return (Finding("phone_format", "phone", wanted),)


def _bare(text: str) -> str:
    return "".join(c for c in text if c not in " .-()/\u00a0\u202f")
