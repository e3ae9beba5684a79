"""The only fields that a file may fill. Nothing else is within its reach."""

from typing import NamedTuple


class Target(NamedTuple):
    """What a column can be.

    :param kind: how its text is read, see `mapping`
    :param limit: characters at most, or 0 where `kind` sets its own
    """

    entity: str
    kind: str
    limit: int = 0


CUSTOMER, PURCHASE = "customer", "purchase"
# A column may also fill an attribute of the customer's profile: attribute:CODE
ATTRIBUTE = "attribute:"
ATTRIBUTE_TARGETS = {
    "text": Target(CUSTOMER, "text", 2000),
    "number": Target(CUSTOMER, "number"),
    "date": Target(CUSTOMER, "day"),
    "flag": Target(CUSTOMER, "flag"),
    "choice": Target(CUSTOMER, "lookup"),
    "choices": Target(CUSTOMER, "lookups"),
    "product": Target(CUSTOMER, "lookups"),
    "category": Target(CUSTOMER, "lookups"),
}

TARGETS = {
    "customer_key": Target(CUSTOMER, "key", 128),
    "name": Target(CUSTOMER, "line", 256),
    "is_company": Target(CUSTOMER, "flag"),
    "email": Target(CUSTOMER, "email"),
    "phone": Target(CUSTOMER, "line", 64),
    "street": Target(CUSTOMER, "line", 256),
    "street2": Target(CUSTOMER, "line", 256),
    "zip": Target(CUSTOMER, "line", 24),
    "city": Target(CUSTOMER, "line", 128),
    "country": Target(CUSTOMER, "lookup"),
    "lang": Target(CUSTOMER, "lookup"),
    "vat": Target(CUSTOMER, "line", 32),
    "ref": Target(CUSTOMER, "line", 64),
    "website": Target(CUSTOMER, "line", 256),
    "function": Target(CUSTOMER, "line", 128),
    "comment": Target(CUSTOMER, "text", 10_000),
    "purchase_key": Target(PURCHASE, "key", 128),
    "date": Target(PURCHASE, "date"),
    "product_code": Target(PURCHASE, "lookup"),
    "product_name": Target(PURCHASE, "line", 256),
    "category": Target(PURCHASE, "lookup"),
    "quantity": Target(PURCHASE, "number"),
    "amount": Target(PURCHASE, "money"),
    "cost": Target(PURCHASE, "money"),
    "currency": Target(PURCHASE, "lookup"),
    "branch": Target(PURCHASE, "lookup"),
    "channel": Target(PURCHASE, "lookup"),
    "payment_method": Target(PURCHASE, "lookup"),
}
