"""What happened with customers: contacts in either direction, purchases elsewhere."""

from ..entity import Entity, Field
from .common import CUSTOMER

_CURRENCY = Field("currency", "code", column="currency_id", code="name", writable=True)

INTERACTION = Entity(
    name="interaction",
    version="1.0",
    model="crm.interaction",
    help="One contact with a customer, of the channels that everyone here may see",
    owners=("partner_id",),
    verbs=("read", "create"),
    fields=(
        CUSTOMER,
        Field("at", "datetime", column="date", writable=True),
        Field("direction", values=("in", "out", "internal"), writable=True),
        Field("channel", maximum=32, writable=True),
        Field("subject", personal=True, writable=True, maximum=500),
        Field("summary", personal=True, writable=True, maximum=10000),
        Field("outcome", personal=True, writable=True, maximum=500),
        Field("amount", "decimal"),
        Field("currency", "code", column="currency_id", code="name"),
    ),
)

PURCHASE = Entity(
    name="purchase",
    version="1.0",
    model="crm.purchase",
    help="A purchase that was made in another system; a negative amount is a return",
    owners=("partner_id",),
    verbs=("read", "create", "update", "delete"),
    fields=(
        CUSTOMER,
        Field("date", "date", writable=True, required=True),
        Field(
            "product",
            "reference",
            column="product_id",
            entity="product",
            writable=True,
        ),
        Field("article", column="product_name", writable=True, maximum=250),
        Field("quantity", "decimal", writable=True),
        Field("amount", "decimal", writable=True),
        _CURRENCY,
        Field("branch", "code", column="branch_id", code="code", writable=True),
        Field(
            "channel",
            values=("shop", "web", "phone", "mail", "partner", "other"),
            writable=True,
        ),
        Field(
            "payment",
            column="payment_method",
            values=(
                "cash",
                "card",
                "transfer",
                "delivery",
                "online",
                "credit",
                "other",
            ),
            writable=True,
        ),
    ),
)
