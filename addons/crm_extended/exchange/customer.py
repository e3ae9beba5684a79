"""Customers, their contacts and addresses, as partners see them."""

from .entity import VERBS, Entity, Field

_ADDRESS = (
    Field("street", personal=True, writable=True, maximum=200),
    Field("street2", personal=True, writable=True, maximum=200),
    Field("zip", writable=True, maximum=24),
    Field("city", writable=True, maximum=120),
    Field("state", "code", column="state_id", code="code", writable=True),
    Field("country", "code", column="country_id", code="code", writable=True),
)
_REACH = (
    Field("email", personal=True, writable=True, maximum=254),
    Field("phone", personal=True, writable=True, maximum=64),
    Field("lang", writable=True, maximum=16, help="such as cs_CZ"),
)
_RECORD = (
    Field("active", "boolean", help="false: archived, no more business"),
    Field("created_at", "datetime", column="create_date"),
)
# changes of these decide who may see the record, not what is in it
_VISIBILITY = (
    "commercial_partner_id",
    "company_id",
    "erased_at",
    "is_company",
    "merged_into_id",
    "parent_id",
    "partner_share",
    "specific_property_product_pricelist",
)

CUSTOMER = Entity(
    name="customer",
    version="1.0",
    model="res.partner",
    help="A company, or a person who is nobody's contact",
    where="({row}.is_company OR {row}.parent_id IS NULL)",
    domain=("|", ("is_company", "=", True), ("parent_id", "=", False)),
    watched=_VISIBILITY,
    verbs=VERBS,
    fields=(
        Field("name", personal=True, writable=True, required=True, maximum=250),
        Field("ref", writable=True, maximum=64, help="Our own customer number"),
        Field("is_company", "boolean", writable=True),
        Field("vat", personal=True, writable=True, maximum=32),
        Field("company_registry", personal=True, writable=True, maximum=64),
        Field("website", writable=True, maximum=250),
        *_REACH,
        *_ADDRESS,
        *_RECORD,
    ),
)

_CUSTOMER = Field(
    "customer",
    "reference",
    column="parent_id",
    entity="customer",
    writable=True,
    required=True,
    help="id of the customer",
)

CONTACT = Entity(
    name="contact",
    version="1.0",
    model="res.partner",
    help="A person at a customer",
    where="({row}.parent_id IS NOT NULL AND {row}.is_company IS NOT TRUE "
    "AND coalesce({row}.type, 'contact') = 'contact')",
    domain=(
        ("is_company", "!=", True),
        ("parent_id", "!=", False),
        ("type", "in", ("contact", False)),
    ),
    watched=(*_VISIBILITY, "type"),
    owners=("parent_id",),
    verbs=("read", "create", "update", "delete"),
    fields=(
        Field("name", personal=True, writable=True, required=True, maximum=250),
        Field("function", personal=True, writable=True, maximum=120),
        _CUSTOMER,
        *_REACH,
        *_ADDRESS,
        *_RECORD,
    ),
)

ADDRESS = Entity(
    name="address",
    version="1.0",
    model="res.partner",
    help="Where a customer wants invoices, goods or anything else",
    where="({row}.parent_id IS NOT NULL AND {row}.is_company IS NOT TRUE "
    "AND {row}.type <> 'contact')",
    domain=(
        ("is_company", "!=", True),
        ("parent_id", "!=", False),
        ("type", "not in", ("contact", False)),
    ),
    watched=_VISIBILITY,
    owners=("parent_id",),
    verbs=("read", "create", "update", "delete"),
    fields=(
        Field(
            "type",
            values=("invoice", "delivery", "other"),
            writable=True,
            required=True,
        ),
        Field("name", personal=True, writable=True, maximum=250),
        _CUSTOMER,
        *_REACH,
        *_ADDRESS,
        *_RECORD,
    ),
)
