"""Where something of a customer may be open: each desk in a few declared words."""

from collections.abc import Callable
from dataclasses import dataclass

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)


@dataclass(frozen=True)
class Desk:
    """One place of work, and which of its documents are open for customers.

    `domain` gets (ids of the customers, today) and is searched with the reader's
    rights: a desk whose model he may not read does not exist for him.
    """

    key: str
    title: object
    icon: str
    model: str
    domain: Callable
    when: str = ""  # a date that matters: due, planned, since
    amount: str = ""
    currency: str = "currency_id"
    note: str = ""  # a field that says more
    name: str = ""  # a field that names the row better than its own name
    order: str = ""
    due: bool = False  # `when` is a deadline: past ones are late
    link: tuple[str, str] = ()  # fields of the document to open, when not the row


DESKS = (
    Desk(
        "debts",
        _lt("Unpaid Invoices"),
        "fa-exclamation-circle",
        "account.move",
        lambda ids, today: [
            ("partner_id", "in", ids),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "in", ("not_paid", "partial")),
        ],
        when="invoice_date_due",
        amount="amount_residual",
        order="invoice_date_due, id",
        due=True,
    ),
    Desk(
        "quotations",
        _lt("Quotations"),
        "fa-file-text-o",
        "sale.order",
        lambda ids, today: [
            ("partner_id", "in", ids),
            ("state", "in", ("draft", "sent")),
        ],
        when="date_order",
        amount="amount_total",
        note="state",
        order="date_order, id",
    ),
    Desk(
        "orders",
        _lt("Orders to Finish"),
        "fa-shopping-cart",
        "sale.order",
        lambda ids, today: [
            ("partner_id", "in", ids),
            ("state", "=", "sale"),
            ("invoice_status", "in", ("to invoice", "no")),
        ],
        when="date_order",
        amount="amount_total",
        note="invoice_status",
        order="date_order, id",
    ),
    Desk(
        "deliveries",
        _lt("Deliveries"),
        "fa-truck",
        "stock.picking",
        lambda ids, today: [
            ("partner_id", "in", ids),
            ("state", "not in", ("draft", "done", "cancel")),
        ],
        when="scheduled_date",
        note="state",
        order="scheduled_date, id",
        due=True,
    ),
    Desk(
        "repairs",
        _lt("Repairs"),
        "fa-wrench",
        "repair.order",
        lambda ids, today: [
            ("partner_id", "in", ids),
            ("state", "in", ("draft", "confirmed", "under_repair")),
        ],
        when="schedule_date",
        note="state",
        order="schedule_date, id",
        due=True,
    ),
    Desk(
        "equipment",
        _lt("Equipment"),
        "fa-cogs",
        "stock.lot",
        lambda ids, today: [("partner_ids", "in", ids)],
        note="product_id",
        order="id desc",
    ),
    Desk(
        "opportunities",
        _lt("Opportunities"),
        "fa-star-o",
        "crm.lead",
        lambda ids, today: [
            ("partner_id", "in", ids),
            ("active", "=", True),
            ("won_status", "=", "pending"),
        ],
        when="date_deadline",
        amount="expected_revenue",
        currency="company_currency",
        note="stage_id",
        order="date_deadline, id",
        due=True,
    ),
    Desk(
        "meetings",
        _lt("Meetings to Come"),
        "fa-calendar",
        "crm.interaction",
        lambda ids, today: [
            ("partner_id", "in", ids),
            ("channel", "=", "meeting"),
            ("date", ">", "now"),
        ],
        when="date",
        note="user_id",
        order="date, id",
        link=("res_model", "res_id"),
    ),
    Desk(
        "activities",
        _lt("To Do"),
        "fa-clock-o",
        "mail.activity",
        lambda ids, today: [
            ("res_model", "=", "res.partner"),
            ("res_id", "in", ids),
        ],
        when="date_deadline",
        note="user_id",
        order="date_deadline, id",
        due=True,
        link=("res_model", "res_id"),
    ),
    Desk(
        "tasks",
        _lt("Tasks"),
        "fa-check-square-o",
        "project.task",
        lambda ids, today: [
            ("partner_id", "in", ids),
            ("state", "not in", ("1_done", "1_canceled")),
        ],
        when="date_deadline",
        note="stage_id",
        order="date_deadline, id",
        due=True,
    ),
    Desk(
        "campaigns",
        _lt("Campaigns"),
        "fa-bullhorn",
        "mailing.trace",
        lambda ids, today: [
            ("model", "=", "res.partner"),
            ("res_id", "in", ids),
            ("create_date", ">=", "today -90d"),
        ],
        when="sent_datetime",
        note="trace_status",
        name="mass_mailing_id",
        order="id desc",
    ),
)
