"""What is known of customers beside their address: relations, attributes, groups."""

from ..entity import Entity, Field

_CUSTOMER = Field(
    "customer",
    "reference",
    column="partner_id",
    entity="customer",
    writable=True,
    required=True,
    help="id of the customer, or of a contact of it",
)

RELATION = Entity(
    name="relation",
    version="1.0",
    model="res.partner.relation",
    help="How two customers belong together: customer, relation, other",
    owners=("left_partner_id", "right_partner_id"),
    verbs=("read", "create", "update", "delete"),
    fields=(
        Field(
            "customer",
            "reference",
            column="left_partner_id",
            entity="customer",
            writable=True,
            required=True,
        ),
        Field(
            "relation",
            "code",
            column="type_id",
            code="name",
            writable=True,
            required=True,
            help="as read from the customer, such as: is employee of",
        ),
        Field(
            "other",
            "reference",
            column="right_partner_id",
            entity="customer",
            writable=True,
            required=True,
        ),
        Field("since", "date", column="date_start", writable=True),
        Field("until", "date", column="date_end", writable=True),
        Field("active", "boolean"),
    ),
)

ATTRIBUTE = Entity(
    name="attribute",
    version="1.0",
    model="crm.attribute.value",
    help="What one attribute says of one customer; an ended value stays as history",
    owners=("partner_id",),
    verbs=("read", "create", "update"),
    fields=(
        _CUSTOMER,
        Field(
            "attribute",
            "code",
            column="attribute_id",
            code="code",
            writable=True,
            required=True,
        ),
        Field("text", column="value_text", personal=True, writable=True),
        Field("number", "decimal", column="value_number", personal=True, writable=True),
        Field("date", "date", column="value_date", personal=True, writable=True),
        Field("flag", "boolean", column="value_flag", personal=True, writable=True),
        Field(
            "choice",
            "code",
            column="choice_id",
            code="name",
            personal=True,
            writable=True,
        ),
        Field(
            "product",
            "reference",
            column="product_id",
            entity="product",
            personal=True,
            writable=True,
        ),
        Field(
            "category",
            "code",
            column="category_id",
            code="complete_name",
            personal=True,
            writable=True,
        ),
        Field("certainty", "integer", writable=True, help="0 a guess, 100 proven"),
        Field("since", "datetime", column="valid_from"),
        Field("until", "datetime", column="valid_to", help="empty while it holds"),
    ),
)

CONSENT = Entity(
    name="consent",
    version="1.0",
    model="crm.consent",
    help="One answer of a person; never changed, the newest of a purpose holds",
    owners=("partner_id",),
    verbs=("read", "create"),
    fields=(
        _CUSTOMER,
        Field(
            "purpose",
            "code",
            column="purpose_id",
            code="code",
            writable=True,
            required=True,
        ),
        Field(
            "channel",
            "code",
            column="channel_id",
            code="code",
            writable=True,
            help="empty: all channels of the purpose",
        ),
        Field(
            "answer",
            values=("given", "asked", "withdrawn", "objected"),
            writable=True,
            required=True,
        ),
        Field("confirmed", "boolean", writable=True, help="by a second step"),
        Field("said_at", "datetime", column="date", writable=True),
        Field("email", personal=True, writable=True, maximum=254),
        Field("phone", personal=True, writable=True, maximum=64),
        Field("basis", help="legal basis"),
        Field(
            "proof_kind",
            values=(
                "spoken",
                "call",
                "paper",
                "mail",
                "web",
                "link",
                "list",
                "file",
                "other",
            ),
            writable=True,
        ),
        Field("proof", personal=True, writable=True, maximum=4000),
    ),
)

SEGMENT_MEMBER = Entity(
    name="segment_member",
    version="1.0",
    model="crm.segment.member",
    help="A stay of a customer in a group of customers",
    owners=("partner_id",),
    fields=(
        Field("customer", "reference", column="partner_id", entity="customer"),
        Field("segment", "code", column="segment_id", code="name"),
        Field("segment_code", "code", column="segment_id", code="code"),
        Field("since", "date", column="valid_from"),
        Field("until", "date", column="valid_to", help="first day out"),
        Field("reason", personal=True, maximum=500),
    ),
)
