"""What customers owe us and paid; our books are written by nobody else."""

from ..entity import Entity, Field

_TOLD = "({row}.state = 'posted' OR ({row}.state = 'cancel' AND {row}.posted_before))"

INVOICE = Entity(
    name="invoice",
    version="1.0",
    model="account.move",
    help="An invoice or credit note that was issued; a draft is none",
    where="({row}.move_type IN ('out_invoice', 'out_refund') AND " + _TOLD + ")",
    domain=(
        ("move_type", "in", ("out_invoice", "out_refund")),
        "|",
        ("state", "=", "posted"),
        "&",
        ("state", "=", "cancel"),
        ("posted_before", "=", True),
    ),
    owners=("partner_id",),
    watched=("posted_before",),
    fields=(
        Field("number", column="name", maximum=64),
        Field("type", column="move_type", values=("out_invoice", "out_refund")),
        Field("status", column="state", values=("posted", "cancel")),
        Field(
            "payment_status",
            column="payment_state",
            values=(
                "not_paid",
                "in_payment",
                "paid",
                "partial",
                "reversed",
                "blocked",
                "invoicing_legacy",
            ),
        ),
        Field("customer", "reference", column="partner_id", entity="customer"),
        Field("date", "date", column="invoice_date"),
        Field("due", "date", column="invoice_date_due"),
        Field("origin", column="invoice_origin", help="numbers of the orders"),
        Field("customer_ref", column="ref", maximum=250),
        Field("payment_reference", maximum=120),
        Field("currency", "code", column="currency_id", code="name"),
        Field("untaxed", "decimal", column="amount_untaxed"),
        Field("tax", "decimal", column="amount_tax"),
        Field("total", "decimal", column="amount_total"),
        Field("open", "decimal", column="amount_residual", help="still to be paid"),
        Field("corrects", "reference", column="reversed_entry_id", entity="invoice"),
        Field(
            "lines",
            "lines",
            column="invoice_line_ids",
            tracked=False,  # issued lines change with their invoice only
            fields=(
                Field("product", "reference", column="product_id", entity="product"),
                Field("text", column="name", maximum=2000),
                Field("quantity", "decimal"),
                Field("unit", "code", column="product_uom_id", code="name"),
                Field("price", "decimal", column="price_unit"),
                Field("discount", "decimal", help="percent"),
                Field("untaxed", "decimal", column="price_subtotal"),
                Field("total", "decimal", column="price_total"),
                Field("kind", column="display_type"),
            ),
        ),
    ),
)
