"""Fields that entities of several subjects have alike."""

from ..entity import Field

CUSTOMER = Field(
    "customer",
    "reference",
    column="partner_id",
    entity="customer",
    also=("contact", "address"),
    writable=True,
    required=True,
    help="id of the customer, or of a contact of it",
)
