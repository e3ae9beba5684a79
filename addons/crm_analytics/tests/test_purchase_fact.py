from datetime import timedelta

from odoo import Command

from ..models.purchase_fact import purchase_fact
from .common import WarehouseCase

DAY = "2024-03-05"


class TestPurchaseFact(WarehouseCase):
    """What orders, invoices and refunds count for, in figures worked out by hand.

    Ten turntables at 100, which cost us 60 each; no taxes.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.other_company
        cls.env["account.chart.template"].try_loading(
            "generic_coa", company=cls.shop, install_demo=False
        )
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=cls.shop.ids)
        )
        cls.customer = cls.env["res.partner"].create({"name": "Jana"})
        cls.product = cls.env["product.product"].create(
            {
                "name": "Turntable",
                "type": "service",
                "invoice_policy": "order",
                "list_price": 100,
                "standard_price": 60,
                "taxes_id": [Command.clear()],
            }
        )
        cls.foreign = cls.env["res.currency"].create(
            {
                "name": "XQB",
                "symbol": "q",
                "rate_ids": [
                    Command.create(
                        {"name": "2020-01-01", "rate": 4, "company_id": cls.shop.id}
                    )
                ],
            }
        )

    # ------------------------------------------------------------------ making

    def order(self, quantity=10, currency=None, **line):
        """A confirmed order of one line, at 100 each."""
        values = {}
        if currency:
            pricelist = self.env["product.pricelist"].create(
                {"name": "Foreign", "currency_id": currency.id}
            )
            values["pricelist_id"] = pricelist.id
        line = {"product_id": self.product.id, "product_uom_qty": quantity, **line}
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create({"price_unit": 100, **line})],
                **values,
            }
        )
        order.action_confirm()
        order.date_order = f"{DAY} 12:00:00"
        return order

    def invoice(self, order, post=True, **line):
        """An invoice of what is to be invoiced, down payments taken off."""
        move = order._create_invoices(final=True)
        move.invoice_date = DAY
        if line:
            move.invoice_line_ids.filtered("product_id").write(line)
        if post:
            move.action_post()
        return move

    def pay_down(self, order, amount):
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "fixed",
                "fixed_amount": amount,
            }
        )
        move = wizard._create_invoices(order)
        move.invoice_date = DAY
        move.action_post()
        return move

    def refund(self, move, quantity=None):
        """A posted credit note over the invoice, or over some pieces of it."""
        credit = move._reverse_moves([{"invoice_date": DAY, "date": DAY}])
        if quantity is not None:
            credit.invoice_line_ids.filtered("product_id").quantity = quantity
        credit.action_post()
        return credit

    # ------------------------------------------------------------------ asking

    def facts(self):
        """{origin: (quantity, amount, cost, margin)} as the definition has it."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT origin, sum(quantity), sum(amount), sum(cost), sum(margin) "
            "FROM (%s) fact WHERE company_id = %%s GROUP BY origin"
            % purchase_fact().code,
            [*purchase_fact().params, self.shop.id],
        )
        return {
            origin: tuple(None if n is None else float(n) for n in numbers)
            for origin, *numbers in self.env.cr.fetchall()
        }

    def assert_facts(self, **expected):
        """Quantity, amount, cost and margin by origin: in the definition, and told by
        the cube from a fresh copy and from PostgreSQL."""
        self.assertEqual(self.facts(), expected)
        run = self.refresh()
        self.assertEqual(run.state, "done", run.error)
        cube = self.Cube.with_user(self.one_company)
        domain = [("company_id", "=", self.shop.id)]
        sums = ["quantity:sum", "amount:sum", "cost:sum", "margin:sum"]
        told = {o: tuple(n or 0 for n in numbers) for o, numbers in expected.items()}
        for engine in ("warehouse", "postgresql"):
            asked = cube.with_context(cube_engine=engine)
            rows = asked._read_group(domain, ["origin"], sums)
            found = {o: tuple(n or 0 for n in numbers) for o, *numbers in rows}
            self.assertEqual(found, told, engine)

    # ------------------------------------------------------------------ orders

    def test_a_quotation_and_a_cancelled_order_are_no_purchase(self):
        self.order().action_cancel()
        self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        self.assert_facts()

    def test_an_order_counts_until_it_is_invoiced_then_the_invoice_does(self):
        order = self.order()
        self.assert_facts(order=(10, 1000, 600, 400))
        self.invoice(order)
        self.assert_facts(invoice=(10, 1000, 600, 400))

    def test_of_an_order_invoiced_in_part_the_rest_counts(self):
        order = self.order()
        self.invoice(order, quantity=4)
        self.assert_facts(order=(6, 600, 360, 240), invoice=(4, 400, 240, 160))

    def test_a_draft_and_a_cancelled_invoice_leave_the_order_as_it_was(self):
        order = self.order()
        move = self.invoice(order, post=False)
        self.assert_facts(order=(10, 1000, 600, 400))
        move.button_cancel()
        self.assert_facts(order=(10, 1000, 600, 400))

    def test_what_was_invoiced_by_the_dozen_is_not_ordered_still(self):
        order = self.order(quantity=24, price_unit=10)
        dozen = self.env.ref("uom.product_uom_dozen")
        self.invoice(order, quantity=1, product_uom_id=dozen.id, price_unit=120)
        self.assert_facts(order=(12, 120, 720, -600), invoice=(1, 120, 720, -600))

    def test_what_is_invoiced_beyond_the_order_counts_as_invoiced(self):
        order = self.order()
        self.invoice(order, quantity=12)
        self.assert_facts(invoice=(12, 1200, 720, 480))

    def test_a_price_lowered_on_the_invoice_leaves_nothing_ordered(self):
        self.invoice(self.order(), price_unit=90)
        self.assert_facts(invoice=(10, 900, 600, 300))

    # ------------------------------------------------------------------ refunds

    def test_a_refund_of_all_leaves_nothing(self):
        self.refund(self.invoice(self.order()))
        self.assert_facts(invoice=(0, 0, 0, 0))

    def test_a_refund_of_some_lowers_the_turnover_by_them(self):
        self.refund(self.invoice(self.order()), 3)
        self.assert_facts(invoice=(7, 700, 420, 280))

    def test_a_draft_refund_lowers_nothing(self):
        move = self.invoice(self.order())
        move._reverse_moves([{"invoice_date": DAY, "date": DAY}])
        self.assert_facts(invoice=(10, 1000, 600, 400))

    def test_an_invoice_credited_and_made_anew_counts_once(self):
        order = self.order()
        self.refund(self.invoice(order, quantity=4))
        self.assert_facts(order=(6, 600, 360, 240), invoice=(0, 0, 0, 0))
        self.invoice(order, quantity=4)
        self.assert_facts(order=(6, 600, 360, 240), invoice=(4, 400, 240, 160))
        self.invoice(order)
        self.assert_facts(invoice=(10, 1000, 600, 400))

    def test_an_order_of_a_return_counts_once(self):
        order = self.order(quantity=-2)
        self.assert_facts(order=(-2, -200, -120, -80))
        self.invoice(order)
        self.assert_facts(invoice=(-2, -200, -120, -80))

    # ------------------------------------------------------------------ down payments

    def test_a_down_payment_is_taken_off_the_order_until_the_final_invoice(self):
        order = self.order()
        self.pay_down(order, 300)
        self.assert_facts(order=(9, 700, 600, 400), invoice=(1, 300, None, None))
        final = self.invoice(order)
        self.assertEqual(final.amount_untaxed, 700)
        self.assert_facts(invoice=(10, 1000, 600, 400))
        self.refund(final)
        self.assert_facts(invoice=(1, 300, 0, 0))

    def test_a_down_payment_paid_back_is_not_taken_off(self):
        order = self.order()
        self.refund(self.pay_down(order, 300))
        self.assert_facts(order=(10, 1000, 600, 400), invoice=(0, 0, None, None))
        self.invoice(order)
        self.assert_facts(invoice=(10, 1000, 600, 400))

    # ------------------------------------------------------------------ currency

    def test_amounts_are_in_the_companys_currency_by_the_rate_of_the_day(self):
        order = self.order(currency=self.foreign, price_unit=400)
        order.currency_rate = 4
        self.assert_facts(order=(10, 1000, 600, 400))
        self.env["res.currency.rate"].create(
            {
                "name": DAY,
                "rate": 5,
                "currency_id": self.foreign.id,
                "company_id": self.shop.id,
            }
        )
        self.refund(self.invoice(order, quantity=5), 1)
        self.assert_facts(order=(5, 500, 300, 200), invoice=(4, 320, 240, 80))

    # ------------------------------------------------------------------ segment

    def test_the_companys_own_segment_goes_before_the_shared_one(self):
        family = self.env["crm.segment.family"].search([("code", "=", "rfm")])
        own, shared = self.env["crm.segment"].create(
            [{"name": name, "family_id": family.id} for name in ("Own", "Shared")]
        )
        self.env["crm.segment.member"].create(
            [
                {
                    "segment_id": segment.id,
                    "partner_id": self.customer.id,
                    "company_id": company.id,
                    "valid_from": "2024-01-01",
                }
                for segment, company in (
                    (own, self.shop),
                    (shared, self.env["res.company"]),
                )
            ]
        )
        self.order()
        self.refresh()
        for engine in ("warehouse", "postgresql"):
            cube = self.Cube.with_context(cube_engine=engine)
            domain = [("company_id", "=", self.shop.id)]
            [(segment,)] = cube._read_group(domain, ["segment_id"])
            self.assertEqual(segment, own, engine)

    def test_a_purchase_keeps_the_segment_of_its_day(self):
        family = self.env["crm.segment.family"].create(
            {"name": "Care", "code": "t_care", "exclusive": True}
        )
        before, after = self.env["crm.segment"].create(
            [{"name": name, "family_id": family.id} for name in ("Before", "After")]
        )
        order = self.order()
        day = order.date_order.date()
        self.env["crm.segment.member"].create(
            [
                {
                    "segment_id": before.id,
                    "partner_id": self.customer.id,
                    "valid_from": day - timedelta(days=9),
                    "valid_to": day + timedelta(days=1),
                },
                {
                    "segment_id": after.id,
                    "partner_id": self.customer.id,
                    "valid_from": day + timedelta(days=1),
                },
                {  # once the family overlapped: the later stay ends the earlier one
                    "segment_id": after.id,
                    "partner_id": self.customer.id,
                    "valid_from": day - timedelta(days=20),
                    "valid_to": day - timedelta(days=2),
                },
            ]
        )
        self.env["ir.config_parameter"].set_param(
            "crm_analytics.segment_family", str(family.id)
        )
        self.refresh()
        for engine in ("warehouse", "postgresql"):
            cube = self.Cube.with_context(cube_engine=engine)
            domain = [("company_id", "=", self.shop.id)]
            rows = cube._read_group(
                domain, ["segment_then_id", "segment_id"], ["__count"]
            )
            self.assertEqual(rows, [(before, after, 1)], engine)
            found = cube.search([("segment_then_id", "=", before.id)])
            self.assertEqual(len(found), 1, engine)
            found = cube.search([*domain, ("partner_id.segment_ids", "in", after.ids)])
            self.assertEqual(len(found), 1, engine)
