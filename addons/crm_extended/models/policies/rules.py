"""What a policy can decide, and where Odoo keeps it."""

from dataclasses import dataclass

RULES = [
    ("pricelist", "Price List"),
    ("payment_term", "Payment Term"),
    ("credit_limit", "Credit Limit"),
    ("max_discount", "Maximum Discount"),
    ("delivery_priority", "Delivery Priority"),
    ("delivery_days", "Delivery Promised"),
    ("response_hours", "Response Time"),
    ("resolution_hours", "Resolution Time"),
    ("work_priority", "Priority in Queues"),
    ("ways", "Channels and Hours"),
    ("contact_cap", "Contact Frequency"),
    ("authority", "Who Decides"),
    ("plans", "Activity Plans"),
    ("escalation", "Escalation"),
    ("greeting", "Greeting"),
    ("offer_text", "Text of Offers"),
]
# Rules that an override may give another value: kind of value by rule
OVERRIDABLE = {
    "pricelist": "pricelist",
    "payment_term": "term",
    "credit_limit": "number",
    "max_discount": "number",
    "delivery_days": "number",
    "response_hours": "number",
    "resolution_hours": "number",
}
WEIGHTS = [("0", "Normal"), ("1", "High"), ("2", "Urgent")]


@dataclass(frozen=True, slots=True)
class Applied:
    """A rule that is kept in a company-dependent field of the customer."""

    rule: str
    column: str  # of res_partner
    fields: tuple[str, ...]  # that show it
    model: str | None = None  # what the value names


APPLIED = (
    Applied(
        "pricelist",
        "specific_property_product_pricelist",
        ("specific_property_product_pricelist", "property_product_pricelist"),
        "product.pricelist",
    ),
    Applied(
        "payment_term",
        "property_payment_term_id",
        ("property_payment_term_id",),
        "account.payment.term",
    ),
    Applied(
        "credit_limit", "credit_limit", ("credit_limit", "use_partner_credit_limit")
    ),
)
APPLIED_RULES = [rule for rule in RULES if rule[0] in {a.rule for a in APPLIED}]
