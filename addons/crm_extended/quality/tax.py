"""Tax numbers, checked as their country defines them (python-stdnum)."""

from functools import lru_cache

from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

from .findings import Finding

_NONE = frozenset({"/", "na", "n/a", "-"})  # Odoo's way to say that there is none
_PREFIX = {"EL": "GR", "XI": "GB"}  # prefix -> ISO country
_PREFIXED = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK "
    "GB CH NO".split()
)


@lru_cache(maxsize=50_000)
def check_vat(text: str, country: str = "") -> tuple[Finding, ...]:
    """What is wrong with a tax number; unknown countries are believed.

    :param country: ISO code, used where the number has no prefix

    >>> check_vat("CZ 25123891")
    (Finding(code='vat_format', field='vat', proposal='CZ25123891'),)
    >>> check_vat("25123892", "CZ")
    (Finding(code='vat_invalid', field='vat', proposal=''),)
    """
    plain = text.strip()
    if plain.lower() in _NONE:
        return ()
    if len(plain) > 32:
        return (Finding("vat_invalid", "vat"),)
    head = plain[:2].upper()
    prefixed = _PREFIX.get(head, head) if head.isalpha() and head.isascii() else ""
    module, land = None, ""
    for code in filter(None, (prefixed, country.upper())):
        module = get_cc_module(code.lower(), "vat")
        if module:
            land = code
            break
    if not module:
        return ()
    try:
        wanted = module.validate(plain)
    except ValidationError:
        return (Finding("vat_invalid", "vat"),)
    except Exception:  # stdnum trips over letters of other scripts
        return (Finding("vat_invalid", "vat"),)
    mark = "EL" if land == "GR" else land
    if land in _PREFIXED and not wanted.startswith(mark):
        wanted = mark + wanted
    if wanted == plain or not prefixed and wanted.removeprefix(mark) == plain:
        return ()
    return (Finding("vat_format", "vat", wanted),)
