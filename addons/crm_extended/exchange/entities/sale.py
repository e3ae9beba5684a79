"""What is offered to and ordered by customers, and how far it got."""

from ..entity import Entity, Field
from .common import CUSTOMER

_CURRENCY = Field("currency", "code", column="currency_id", code="name")
_CREATED = Field("created_at", "datetime", column="create_date")

OPPORTUNITY = Entity(
    name="opportunity",
    version="1.0",
    model="crm.lead",
    help="Interest of a customer in our offer; won, lost or open",
    owners=("partner_id",),
    verbs=("read", "create", "update", "delete"),
    fields=(
        Field("name", personal=True, writable=True, required=True, maximum=250),
        Field("type", values=("lead", "opportunity"), writable=True),
        Field(
            "customer",
            "reference",
            column="partner_id",
            entity="customer",
            also=("contact", "address"),
            writable=True,
        ),
        Field("company_name", column="partner_name", personal=True, writable=True),
        Field("contact_name", personal=True, writable=True, maximum=250),
        Field("email", column="email_from", personal=True, writable=True, maximum=254),
        Field("phone", personal=True, writable=True, maximum=64),
        Field("stage", "code", column="stage_id", code="name", writable=True),
        Field(
            "status",
            column="won_status",
            values=("pending", "won", "lost"),
            writable=True,
            help="Writing won or lost closes it as our sales people would",
        ),
        Field(
            "lost_reason", "code", column="lost_reason_id", code="name", writable=True
        ),
        Field("probability", "decimal", help="0 to 100"),
        Field("expected_revenue", "decimal", writable=True, help="in our currency"),
        Field("expected_on", "date", column="date_deadline", writable=True),
        Field("closed_at", "datetime", column="date_closed"),
        Field("active", "boolean"),
        _CREATED,
    ),
)

ORDER = Entity(
    name="order",
    version="1.0",
    model="sale.order",
    help="A quotation or an order with its lines",
    owners=("partner_id",),
    verbs=("read", "create", "update"),
    fields=(
        Field("number", column="name", maximum=64),
        Field(
            "status",
            column="state",
            values=("draft", "sent", "sale", "cancel"),
            writable=True,
            help="Writing sale confirms, cancel cancels, draft reopens",
        ),
        CUSTOMER,
        Field(
            "invoice_address",
            "reference",
            column="partner_invoice_id",
            entity="address",
            also=("customer", "contact"),
            writable=True,
        ),
        Field(
            "delivery_address",
            "reference",
            column="partner_shipping_id",
            entity="address",
            also=("customer", "contact"),
            writable=True,
        ),
        Field("customer_ref", column="client_order_ref", writable=True, maximum=120),
        Field("ordered_at", "datetime", column="date_order", writable=True),
        Field("valid_until", "date", column="validity_date", writable=True),
        Field("deliver_at", "datetime", column="commitment_date", writable=True),
        Field(
            "price_list",
            "reference",
            column="pricelist_id",
            entity="price_list",
            writable=True,
        ),
        _CURRENCY,
        Field("untaxed", "decimal", column="amount_untaxed"),
        Field("tax", "decimal", column="amount_tax"),
        Field("total", "decimal", column="amount_total"),
        Field("invoice_status", values=("no", "to invoice", "invoiced", "upselling")),
        Field(
            "delivery_status",
            values=("pending", "started", "partial", "full"),
            optional=True,
            help="Known where we run our own stock",
        ),
        Field(
            "opportunity",
            "reference",
            column="opportunity_id",
            entity="opportunity",
            writable=True,
        ),
        _CREATED,
        Field(
            "lines",
            "lines",
            column="order_line",
            writable=True,
            help="Writing replaces: lines are found by id, others are removed",
            fields=(
                Field(
                    "product",
                    "reference",
                    column="product_id",
                    entity="product",
                    writable=True,
                ),
                Field("text", column="name", writable=True, maximum=2000),
                Field("quantity", "decimal", column="product_uom_qty", writable=True),
                Field("unit", "code", column="product_uom_id", code="name"),
                Field("price", "decimal", column="price_unit", writable=True),
                Field("discount", "decimal", writable=True, help="percent"),
                Field("untaxed", "decimal", column="price_subtotal"),
                Field("total", "decimal", column="price_total"),
                Field("delivered", "decimal", column="qty_delivered"),
                Field("invoiced", "decimal", column="qty_invoiced"),
                Field("kind", column="display_type", help="section or note"),
            ),
        ),
    ),
)

DELIVERY = Entity(
    name="delivery",
    version="1.0",
    model="stock.picking",
    help="Goods on their way to a customer",
    where="EXISTS (SELECT FROM stock_picking_type kind "
    "WHERE kind.id = {row}.picking_type_id AND kind.code = 'outgoing')",
    domain=(("picking_type_id.code", "=", "outgoing"),),
    owners=("partner_id",),
    fields=(
        Field("number", column="name", maximum=64),
        Field(
            "status",
            column="state",
            values=("draft", "waiting", "confirmed", "assigned", "done", "cancel"),
            help="done: it left us",
        ),
        Field("customer", "reference", column="partner_id", entity="customer"),
        Field("origin", maximum=120, help="number of the order"),
        Field("order", "reference", column="sale_id", entity="order", optional=True),
        Field("planned_at", "datetime", column="scheduled_date"),
        Field("done_at", "datetime", column="date_done"),
        Field("tracking", column="carrier_tracking_ref", optional=True),
    ),
)
