"""Posted invoices and confirmed orders: copies of one that Odoo's own code made."""

from .bulk import clone_row, next_id

PURCHASES = "bench_purchase b JOIN bench_truth t ON t.n = b.customer"
LINES = (
    "bench_line l JOIN bench_purchase b ON b.n = l.purchase "
    "JOIN bench_truth t ON t.n = b.customer "
    "JOIN bench_product p ON p.n = l.product"
)


def invoices(cursor, ids: dict) -> None:
    """Posted invoices: heads, product lines and what is due."""
    base = next_id(cursor, "account_move")
    move = f"{base} + b.document"
    name = "'BENCH/' || lpad(b.document::text, 8, '0')"
    shared = {
        "partner_id": "t.partner_id",
        "commercial_partner_id": "t.partner_id",
        "date": "b.day",
        "invoice_date": "b.day",
    }
    money = dict.fromkeys(
        [
            *("amount_untaxed", "amount_total", "amount_residual"),
            *("amount_untaxed_signed", "amount_total_signed", "amount_residual_signed"),
            *("amount_total_in_currency_signed", "amount_untaxed_in_currency_signed"),
        ],
        "b.amount",
    )
    head = {
        **shared,
        **money,
        "id": move,
        "name": name,
        "payment_reference": name,
        "sequence_prefix": "'BENCH/'",
        "sequence_number": "b.document",
        "partner_shipping_id": "t.partner_id",
        "invoice_date_due": "b.day",
        "delivery_date": "b.day",
        "access_token": "NULL",
        "made_sequence_gap": "FALSE",
    }
    bills = f"{PURCHASES} WHERE b.kind = 1"
    clone_row(cursor, "account_move", ids["move"], head, bills)
    line = {**shared, "move_id": move, "move_name": name}
    _invoice_lines(cursor, ids["product_line"], line)
    _due_lines(cursor, ids["due_line"], line, bills)


def _invoice_lines(cursor, pattern: int, line: dict) -> None:
    product = {
        **line,
        **dict.fromkeys(("balance", "amount_currency"), "-l.amount"),
        **dict.fromkeys(("price_subtotal", "price_total", "credit"), "l.amount"),
        "id": f"{next_id(cursor, 'account_move_line')} + l.n",
        "product_id": "p.id",
        "name": "p.name",
        "quantity": "l.quantity",
        "price_unit": "round(l.amount / l.quantity, 2)",
        "debit": "0",
    }
    lines = f"{LINES} WHERE b.kind = 1"
    clone_row(cursor, "account_move_line", pattern, product, lines)


def _due_lines(cursor, pattern: int, line: dict, bills: str) -> None:
    residual = ("amount_residual", "amount_residual_currency", "amount_currency")
    due = {
        **line,
        **dict.fromkeys((*residual, "balance", "debit"), "b.amount"),
        **dict.fromkeys(("price_unit", "price_subtotal", "price_total"), "-b.amount"),
        "id": f"{next_id(cursor, 'account_move_line')} + b.document",
        "date_maturity": "b.day",
        "name": line["move_name"],
        "credit": "0",
    }
    clone_row(cursor, "account_move_line", pattern, due, bills)


def orders(cursor, ids: dict) -> None:
    base = next_id(cursor, "sale_order")
    order = f"{base} + b.document"
    head = {
        **dict.fromkeys(
            ("partner_id", "partner_invoice_id", "partner_shipping_id"), "t.partner_id"
        ),
        **dict.fromkeys(
            ("amount_untaxed", "amount_total", "amount_to_invoice"), "b.amount"
        ),
        "id": order,
        "name": "'B' || lpad(b.document::text, 8, '0')",
        "date_order": "b.day + interval '12 hours'",
        "access_token": "NULL",
    }
    sales = f"{PURCHASES} WHERE b.kind = 2"
    clone_row(cursor, "sale_order", ids["order"], head, sales)
    unit = "round(l.amount / l.quantity, 2)"
    line = {
        **dict.fromkeys(("price_subtotal", "price_total"), "l.amount"),
        **dict.fromkeys(("untaxed_amount_to_invoice", "amount_to_invoice"), "l.amount"),
        **dict.fromkeys(
            ("price_unit", "price_reduce_taxexcl", "price_reduce_taxinc"), unit
        ),
        **dict.fromkeys(("product_uom_qty", "qty_to_invoice"), "l.quantity"),
        "id": f"{next_id(cursor, 'sale_order_line')} + l.n",
        "order_id": order,
        "order_partner_id": "t.partner_id",
        "product_id": "p.id",
        "name": "p.name",
        "technical_price_unit": unit,
    }
    lines = f"{LINES} WHERE b.kind = 2"
    clone_row(cursor, "sale_order_line", ids["order_line"], line, lines)
