"""Builds a shop of stated size in a database that Odoo and, perhaps, the suite are in.

One row of each kind is made by Odoo's own code (a customer, a posted invoice, a
confirmed order); the rest are copies of it by SQL with their own customer, day, article
and money. Without taxes, in one currency and company: README.md says what that leaves
out.
"""

from .bulk import Steps, clone_row, fix_sequence, next_id, pick, unwatched
from .documents import invoices, orders
from .history import contacts, purchases
from .population import CATEGORIES, PRODUCTS, Population
from .staging import stage

FIRST = ["Anna", "Jan", "Eva", "Piotr", "Zofia", "Karel", "Maria", "Tomáš", "Łucja"]
LAST = ["Novák", "Kowalski", "Dvořák", "Wiśniewska", "Black", "Nguyen", "Szabó", "Roy"]
CITIES = ["Praha", "Kraków", "Brno", "Wien", "Gdańsk", "Plzeň"]
NATIVE = [
    "res_partner",
    "account_move",
    "account_move_line",
    "sale_order",
    "sale_order_line",
]
OWN = ["crm_purchase", "crm_interaction"]


def build(env, population: Population, interactions: int, say=print) -> None:
    """Fill the database of `env`; our own tables only where the suite is installed.

    :param interactions: rows of `crm.interaction`, heavy-tailed over customers
    """
    step, cursor = Steps(say), env.cr
    suite = "crm.purchase" in env
    with step("patterns made by Odoo"):
        patterns = _patterns(env)
        env.flush_all()
    with step("staging by COPY"):
        stage(cursor, population)
    with unwatched(cursor, NATIVE + (OWN if suite else [])):
        with step("customers"):
            _customers(cursor, patterns)
        with step("posted invoices"):
            invoices(cursor, patterns)
        with step("confirmed orders"):
            orders(cursor, patterns)
        if suite:
            with step("imported purchases"):
                purchases(cursor, env, patterns)
            with step("interactions"):
                contacts(cursor, patterns, interactions)
    for table in NATIVE + (OWN if suite else []):
        fix_sequence(cursor, table)
    cursor.execute("DROP TABLE bench_line")
    env.invalidate_all()
    env.cr.commit()
    with step("statistics"):
        cursor.execute("ANALYZE")
        env.cr.commit()


def _products(env):
    """Products by the ORM, and the table that copied lines choose from."""
    categories = env["product.category"].create(
        [{"name": f"Records {n:02}"} for n in range(CATEGORIES)]
    )
    products = env["product.product"].create(
        [
            {
                "name": f"Record {n:04}",
                "default_code": f"R{n:04}",
                "categ_id": categories[n % CATEGORIES].id,
                "list_price": 10 + n % 40,
                "standard_price": 6 + n % 25,
                "type": "consu",
                "invoice_policy": "order",
                "taxes_id": False,
            }
            for n in range(PRODUCTS)
        ]
    )
    env.flush_all()
    env.cr.execute(
        """
        CREATE TABLE bench_product AS
        SELECT row_number() OVER (ORDER BY product.id) - 1 AS n, product.id,
               template.categ_id, template.name ->> 'en_US' AS name
          FROM product_product product
          JOIN product_template template ON template.id = product.product_tmpl_id
         WHERE product.id = ANY(%s)
        """,
        [products.ids],
    )
    return products


def _patterns(env) -> dict:
    """One of each by the ORM, and the ids that the copies refer to."""
    company = env.company
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company, False)
    products = _products(env)
    partner = env["res.partner"].create(
        {"name": "Pattern", "email": "pattern@example.com", "city": "Praha"}
    )
    line = {"product_id": products[0].id, "quantity": 1, "price_unit": 10.0}
    line["tax_ids"] = False
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_date": "2025-01-15",
            "invoice_line_ids": [(0, 0, line)],
        }
    )
    move.action_post()
    line = {"product_id": products[0].id, "product_uom_qty": 1, "price_unit": 10.0}
    line["tax_ids"] = False
    order = env["sale.order"].create(
        {"partner_id": partner.id, "order_line": [(0, 0, line)]}
    )
    order.action_confirm()
    by_type = {line.display_type: line.id for line in move.line_ids}
    env.flush_all()
    return {
        "partner": partner.id,
        "move": move.id,
        "product_line": by_type["product"],
        "due_line": by_type["payment_term"],
        "order": order.id,
        "order_line": order.order_line.id,
        "company": company.id,
        "currency": company.currency_id.id,
    }


def _customers(cursor, ids: dict) -> None:
    base = next_id(cursor, "res_partner")
    name = f"{pick(FIRST, 't.n')} || ' ' || {pick(LAST, 't.n / 7')} || ' ' || t.n"
    mail = "'customer' || t.n || '@example.com'"
    partner = f"{base} + t.n"
    changes = {
        "id": partner,
        "name": name,
        "complete_name": name,
        "email": mail,
        "email_normalized": mail,
        "phone": "'+420 6' || lpad(t.n::text, 8, '0')",
        "phone_sanitized": "'+4206' || lpad(t.n::text, 8, '0')",
        "city": pick(CITIES, "t.n / 3"),
        "commercial_partner_id": partner,
        "ref": "'C' || t.n",
        "customer_rank": "1",
    }
    cursor.execute(f"UPDATE bench_truth t SET partner_id = {partner}")
    clone_row(cursor, "res_partner", ids["partner"], changes, "bench_truth t")
    cursor.execute("CREATE UNIQUE INDEX ON bench_truth (n); ANALYZE bench_truth")
