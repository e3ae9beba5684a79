"""Points that customers earned and used; they are booked here only."""

from ..entity import Entity, Field

LOYALTY_ACCOUNT = Entity(
    name="loyalty_account",
    version="1.0",
    model="loyalty.card",
    help="A customer's card, coupon or wallet in one programme",
    owners=("partner_id",),
    fields=(
        Field("customer", "reference", column="partner_id", entity="customer"),
        Field("programme", "code", column="program_id", code="name"),
        Field("code", personal=True, maximum=120, help="Who has it can spend it"),
        Field("points", "decimal"),
        Field("expires_on", "date", column="expiration_date"),
        Field("active", "boolean"),
        Field("created_at", "datetime", column="create_date"),
    ),
)

LOYALTY_ENTRY = Entity(
    name="loyalty_entry",
    version="1.0",
    model="loyalty.history",
    help="One movement of points",
    owners=("card_id.partner_id",),
    company="card_id.company_id",
    fields=(
        Field("account", "reference", column="card_id", entity="loyalty_account"),
        Field("text", column="description", maximum=500),
        Field("issued", "decimal"),
        Field("used", "decimal"),
        Field("created_at", "datetime", column="create_date"),
    ),
)
