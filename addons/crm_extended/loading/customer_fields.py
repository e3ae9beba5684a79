"""How what a source says of a customer is called on the customer, and back."""

from odoo.tools import html2plaintext, plaintext2html

from ..intake.targets import ATTRIBUTE

# other targets are called as their field
FIELD_OF = {"country": "country_id", "state": "state_id"}
TARGET_OF = {field: target for target, field in FIELD_OF.items()}
KEPT = frozenset({"name", "lang", "is_company"})  # an empty cell does not empty these
_NO_VALUE = frozenset({"customer_key"})
_HTML = frozenset({"comment"})


def to_fields(accepted: dict | None) -> dict:
    """What a record says, by field of the customer; empty cells are None.

    >>> to_fields({"customer_key": "7", "country": 56, "city": None})
    {'country_id': 56, 'city': None}
    """
    said = {}
    for target, value in (accepted or {}).items():
        if target not in _NO_VALUE and not target.startswith(ATTRIBUTE):
            is_html = target in _HTML and isinstance(value, str)
            said[FIELD_OF.get(target, target)] = (
                str(plaintext2html(value)) if is_html else value
            )
    return said


def to_targets(values: dict) -> dict:
    """Values of a customer as a record keeps them; the reverse of `to_fields`."""
    kept = {}
    for field, value in values.items():
        if field in _HTML:
            value = html2plaintext(value).strip() if value else None
        kept[TARGET_OF.get(field, field)] = value
    return kept
