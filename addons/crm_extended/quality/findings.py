"""What can be wrong, by code. Words for people: `models/profile/quality_words.py`."""

from typing import NamedTuple

HINT, FAULT, ERROR = 1, 2, 3
# How much of a field's worth is left when the worst that was found in it is this
CREDIT = {HINT: 0.9, FAULT: 0.5, ERROR: 0.0}

SEVERITIES = {
    "missing": FAULT,  # a hint where the field weighs little
    "stale": HINT,
    "name_case": HINT,
    "name_fake": ERROR,
    "phone_invalid": ERROR,
    "phone_country": FAULT,
    "phone_format": HINT,
    "email_invalid": ERROR,
    "email_typo": ERROR,
    "email_bounced": ERROR,
    "email_disposable": FAULT,
    "email_role": HINT,
    "email_format": HINT,
    "vat_invalid": ERROR,
    "vat_format": HINT,
    "zip_invalid": FAULT,
    "zip_format": HINT,
    "street_number": HINT,
    "city_digits": HINT,
}


class Finding(NamedTuple):
    """One thing wrong with one field.

    :param code: key of `SEVERITIES`
    :param field: name of the field
    :param proposal: what the field could hold instead, or empty
    """

    code: str
    field: str
    proposal: str = ""

    @property
    def severity(self) -> int:
        return SEVERITIES[self.code]
