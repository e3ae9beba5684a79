from odoo.tests import tagged

from ..exchange.exchange_common import ExchangeCase

WRITTEN = (
    "customer contact address relation attribute consent product opportunity order "
    "purchase interaction"
).split()


@tagged("post_install", "-at_install")
class TestExchangeEntityPush(ExchangeCase):
    """What is pushed becomes what our people would have made of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.erp = cls.make_client("ERP", entities=WRITTEN)
        cls.erp.scope_ids.write(
            {"can_create": True, "can_update": True, "write_mode": "all"}
        )
        cls.erp.scope_ids.filtered(
            lambda s: s.entity in ("contact", "address", "relation", "product")
        ).can_delete = True
        cls.anna = cls.partners.create({"name": "Anna", "email": "a@example.org"})
        cls.product = cls.env["product.product"].create(
            {"name": "Cello", "list_price": 900}
        )
        cls.count = 0

    def push(self, *rows):
        """Results by key of the row; each is (entity, key, set, refs)."""
        type(self).count += 1
        sent = [
            {
                "row_id": str(number),
                "op": "upsert",
                "entity": entity,
                "key": {"source": "ERP", "id": key},
                "base_rev": "*",
                "set": values,
                "refs": refs[0] if refs else {},
            }
            for number, (entity, key, values, *refs) in enumerate(rows)
        ]
        data = self.ok("push", self.erp, batch_id=f"test-{self.count}", rows=sent)
        return data["rows"] if "rows" in data else data["results"]

    def done(self, *rows):
        told = self.push(*rows)
        for one in told:
            self.assertIn(one["status"], ("created", "updated"), one)
        entities = self.env["crm.exchange"]._entities()
        return [
            self.env[entities[row[0]].model].browse(one["id"])
            for row, one in zip(rows, told, strict=True)
        ]

    def test_an_order_arrives_with_its_lines_and_is_confirmed(self):
        self.env["crm.exchange"]._remember(
            self.erp, "product", {"P-1": self.product.id}
        )
        line = {"product": {"source": "ERP", "id": "P-1"}, "quantity": "2"}
        lines = [{**line, "price": "850.5"}]
        [order] = self.done(
            ("order", "O-1", {"customer": self.anna.id, "lines": lines}),
        )
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.company_id, self.erp.company_id)
        self.assertFalse(order.user_id)
        self.assertEqual(order.order_line.product_id, self.product)
        self.assertEqual(order.order_line.price_unit, 850.5)
        [order] = self.done(("order", "O-1", {"status": "sale"}))
        self.assertEqual(order.state, "sale")
        self.assertEqual(len(order.order_line), 1)
        [order] = self.done(("order", "O-1", {"status": "cancel"}))
        self.assertEqual(order.state, "cancel")

    def test_lines_of_an_order_become_those_that_were_sent(self):
        product = self.product.id
        lines = [{"product": product, "quantity": str(n)} for n in (1, 2)]
        [order] = self.done(
            ("order", "O-2", {"customer": self.anna.id, "lines": lines})
        )
        first, second = order.order_line.sorted("id")
        lines = [{"id": first.id, "quantity": "5"}, {"product": product}]
        self.done(("order", "O-2", {"lines": lines}))
        self.assertFalse(second.exists())
        self.assertEqual(first.product_uom_qty, 5)
        self.assertEqual(len(order.order_line), 2)

    def test_lines_of_other_orders_and_unknown_products_are_refused(self):
        other = self.env["sale.order"].create(
            {
                "partner_id": self.anna.id,
                "order_line": [(0, 0, {"product_id": self.product.id})],
            }
        )
        for line in (
            {"id": other.order_line.id, "quantity": "1"},
            {"product": {"source": "ERP", "id": "NONE"}},
            {"product": {"source": "OTHER", "id": "P-1"}},
            {"product": self.product.id, "total": "1"},
        ):
            values = {"customer": self.anna.id, "lines": [line]}
            [told] = self.push(("order", "O-3", values))
            self.assertEqual(told["status"], "rejected", line)

    def test_an_opportunity_is_won_and_lost_by_its_actions(self):
        [lead] = self.done(
            ("opportunity", "L-1", {"name": "Piano", "customer": self.anna.id})
        )
        self.assertEqual((lead.type, lead.user_id.id), ("opportunity", False))
        self.done(("opportunity", "L-1", {"status": "won"}))
        self.assertTrue(lead.stage_id.is_won)
        reason = self.env["crm.lost.reason"].create({"name": "Too far"})
        self.done(
            ("opportunity", "L-1", {"status": "lost", "lost_reason": reason.name})
        )
        self.assertEqual((lead.active, lead.lost_reason_id), (False, reason))

    def test_a_consent_is_an_answer_with_its_source(self):
        purpose = self.env["crm.consent.purpose"].search([], limit=1)
        values = {
            "customer": self.anna.id,
            "purpose": purpose.code,
            "answer": "withdrawn",
        }
        [consent] = self.done(("consent", "C-1", values))
        self.assertEqual(consent.source_id, self.erp.source_id)
        self.assertEqual(consent.origin, "system")
        [told] = self.push(("consent", "C-1", {"answer": "given"}))
        self.assertEqual(told["status"], "rejected")
        self.assertEqual(consent.answer, "withdrawn")

    def test_an_attribute_that_changes_keeps_its_history(self):
        group = self.env["crm.attribute.group"].search([], limit=1)
        attribute = self.env["crm.attribute"].create(
            {"name": "Size", "code": "size", "kind": "number", "group_id": group.id}
        )
        values = {"customer": self.anna.id, "attribute": "size", "number": "38"}
        [first] = self.done(("attribute", "A-1", values))
        self.assertEqual(first.source_id, self.erp.source_id)
        [second] = self.done(("attribute", "A-1", {"number": "39"}))
        self.assertNotEqual(first, second)
        self.assertTrue(first.valid_to)
        held = self.anna.attribute_value_ids.filtered(
            lambda value: value.attribute_id == attribute
        )
        self.assertEqual(held.value_number, 39)
        [told] = self.push(
            ("attribute", "A-2", {**values, "number": "1", "attribute": "none"})
        )
        self.assertEqual(told["status"], "rejected")
        del values["number"]
        [told] = self.push(("attribute", "A-3", {**values, "text": "big"}))
        self.assertEqual(told["status"], "rejected")

    def test_contacts_addresses_and_relations_belong_to_customers(self):
        company = self.partners.create({"name": "Hall", "is_company": True})
        self.env["res.partner.relation.type"].create(
            {"name": "plays at", "name_inverse": "hears"}
        )
        customer = {"customer": company.id}
        contact, address, relation = self.done(
            ("contact", "K-1", {"name": "Jan", **customer}),
            ("address", "D-1", {"type": "delivery", "city": "Praha", **customer}),
            (
                "relation",
                "R-1",
                {
                    "customer": self.anna.id,
                    "other": company.id,
                    "relation": "plays at",
                },
            ),
        )
        self.assertEqual(contact.parent_id, company)
        self.assertEqual((contact.type, address.type), ("contact", "delivery"))
        self.assertEqual(relation.right_partner_id, company)
        self.done(("relation", "R-1", {"until": "2026-12-31"}))
        self.assertEqual(str(relation.date_end), "2026-12-31")

    def test_purchases_and_interactions_are_of_the_clients_company(self):
        customer = {"customer": self.anna.id}
        purchase, interaction = self.done(
            ("purchase", "B-1", {"date": "2026-01-02", "amount": "12.30", **customer}),
            ("interaction", "I-1", {"channel": "visit", "subject": "Tea", **customer}),
        )
        self.assertEqual((purchase.amount, purchase.key), (12.3, "B-1"))
        self.assertEqual(purchase.source_id, self.erp.source_id)
        self.assertEqual(
            (purchase | purchase).company_id + interaction.company_id,
            self.erp.company_id + self.erp.company_id,
        )
        self.done(("purchase", "B-1", {"amount": "-12.30"}))
        self.assertEqual(purchase.amount, -12.3)

    def test_ids_of_other_companies_are_not_to_be_had(self):
        foreign = self.env["res.company"].create({"name": "Foreign"})
        product = self.product.copy({"company_id": foreign.id})
        values = {"date": "2026-01-05", "customer": self.anna.id, "amount": "5"}
        for theirs, status in ((product, "rejected"), (self.product, "created")):
            row = ("purchase", "U-1", {**values, "product": theirs.id}, {})
            [told] = self.push(row)
            self.assertEqual(told["status"], status, told)

    def test_a_product_is_made_and_archived(self):
        [product] = self.done(("product", "X-1", {"name": "Bow", "price": "12.5"}))
        self.assertEqual(product.list_price, 12.5)
        self.done(("product", "X-1", {"active": False}))
        self.assertFalse(product.active)
