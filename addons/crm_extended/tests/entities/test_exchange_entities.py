from odoo import Command
from odoo.tests import tagged

from ..exchange.exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeEntities(ExchangeCase):
    """Each kind of record reads as declared, within its company and its rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.entities = cls.env["crm.exchange"]._entities()
        cls.all = cls.make_client("ALL", entities=tuple(cls.entities))
        cls.anna = cls.partners.create({"name": "Anna", "email": "a@example.org"})
        cls.product = cls.env["product.product"].create(
            {"name": "Cello", "list_price": 900, "default_code": "CEL"}
        )

    def item(self, entity, record, by=None):
        keys = [{"id": record.id}]
        [told] = self.ok("get", by or self.all, entity=entity, keys=keys)["records"]
        return told

    def data(self, entity, record, by=None):
        told = self.item(entity, record, by)
        self.assertEqual(told["status"], "ok")
        return told["data"]

    def invoice(self):
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.anna.id,
                "invoice_line_ids": [
                    Command.create({"product_id": self.product.id, "price_unit": 900})
                ],
            }
        )

    def test_every_entity_can_be_pulled(self):
        for name in self.entities:
            with self.subTest(entity=name):
                items, cursor = self.pull_all(by=self.all, entities=[name], limit=100)
                self.assertLessEqual({i["entity"] for i in items}, {name})
                self.assertTrue(self.ok("schema", self.all, entity=name)["fields"])
                self.ok("pull", self.all, cursor=cursor)

    def test_only_an_issued_invoice_is_told_and_its_payment_is(self):
        invoice = self.invoice()
        self.assertEqual(self.item("invoice", invoice)["status"], "not_found")
        _items, cursor = self.pull_all(by=self.all, entities=["invoice"])
        invoice.action_post()
        self.env.flush_all()
        items, cursor = self.pull_all(cursor, by=self.all)
        [told] = [item for item in items if item["id"] == invoice.id]
        self.assertEqual(told["data"]["payment_status"], "not_paid")
        self.assertEqual(told["data"]["lines"][0]["product"], self.product.id)
        self.assertEqual(told["data"]["untaxed"], "900")
        invoice.payment_state = "paid"
        self.env.flush_all()
        items, cursor = self.pull_all(cursor, by=self.all)
        self.assertEqual(items[0]["data"]["payment_status"], "paid")
        invoice.button_draft()
        self.env.flush_all()
        items, _cursor = self.pull_all(cursor, by=self.all)
        told = [(item["op"], item["id"]) for item in items]
        self.assertEqual(told, [("left_scope", invoice.id)])

    def test_an_article_shows_what_its_template_holds(self):
        told = self.data("product", self.product)
        self.assertEqual(
            (told["ref"], told["name"], told["price"]), ("CEL", "Cello", "900")
        )

    def test_texts_and_revisions_do_not_depend_on_the_language_of_the_call(self):
        self.env["res.lang"]._activate_lang("cs_CZ")
        self.product.with_context(lang="cs_CZ").name = "Violoncello"
        keys = [{"id": self.product.id}]
        exchange = self.env["crm.exchange"].with_user(self.all.user_id)
        czech = exchange.with_context(lang="cs_CZ").get(entity="product", keys=keys)
        english = exchange.with_context(lang="en_US").get(entity="product", keys=keys)
        self.assertEqual(
            czech["data"]["records"][0]["rev"], english["data"]["records"][0]["rev"]
        )

    def test_an_address_is_no_contact(self):
        child = {"parent_id": self.anna.id, "name": "Depot"}
        contact, address = self.partners.create(
            [{**child, "type": "contact"}, {**child, "type": "delivery"}]
        )
        self.assertEqual(self.data("address", address)["customer"], self.anna.id)
        self.assertEqual(self.item("contact", address)["status"], "not_found")
        self.assertEqual(self.item("address", contact)["status"], "not_found")

    def test_price_lists_are_those_of_customers_in_sight(self):
        mine, other = self.env["product.pricelist"].create(
            [
                {
                    "name": name,
                    "item_ids": [Command.create({"fixed_price": 7})],
                }
                for name in ("Mine", "Other")
            ]
        )
        self.anna.city = "Praha"
        self.anna.specific_property_product_pricelist = mine
        client = self.make_client("PRICES", entities=("price_list", "customer"))
        client.scope_ids.filtered(
            lambda s: s.entity == "customer"
        ).domain = "[('city', '=', 'Praha')]"
        self.assertEqual(
            self.data("price_list", mine, client)["rules"][0]["price"], "7"
        )
        self.assertEqual(self.item("price_list", other, client)["status"], "not_found")
        self.assertEqual(self.item("price_list", other)["status"], "ok")

    def test_interactions_hidden_by_their_channel_are_not_told(self):
        shown, hidden = self.env["crm.interaction"].create(
            [
                {"partner_id": self.anna.id, "channel": "visit", "subject": "Seen"},
                {"partner_id": self.anna.id, "channel": "case", "subject": "Not"},
            ]
        )
        rules = self.env["crm.interaction.rule"].search([])
        rules.filtered(lambda r: r.channel == "visit").visibility = "all"
        rules.filtered(lambda r: r.channel == "case").visibility = "document"
        self.assertEqual(self.data("interaction", shown)["subject"], "Seen")
        self.assertEqual(self.item("interaction", hidden)["status"], "not_found")

    def test_what_spends_points_stays_outside_a_plain_scope(self):
        card = self.env["loyalty.card"].create(
            {
                "program_id": self.env["loyalty.program"]
                .create({"name": "Club", "program_type": "loyalty"})
                .id,
                "partner_id": self.anna.id,
                "points": 12.5,
            }
        )
        plain = self.make_client("PLAIN", mode="plain", entities=("loyalty_account",))
        self.assertEqual(self.data("loyalty_account", card)["code"], card.code)
        told = self.data("loyalty_account", card, plain)
        self.assertNotIn("code", told)
        self.assertEqual(told["points"], "12.5")

    def test_records_of_another_company_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        order = (
            self.env["sale.order"]
            .with_company(company)
            .create({"partner_id": self.anna.id, "company_id": company.id})
        )
        lead = self.env["crm.lead"].create(
            {"name": "There", "partner_id": self.anna.id, "company_id": company.id}
        )
        self.assertEqual(self.item("order", order)["status"], "not_found")
        self.assertEqual(self.item("opportunity", lead)["status"], "not_found")

    def test_deliveries_are_exchanged_where_there_is_a_stock(self):
        self.assertEqual("delivery" in self.entities, "stock.picking" in self.env)

    # ------------------------------------------------------------------ keys

    def test_keys_of_an_entity_are_its_own(self):
        exchange = self.env["crm.exchange"]
        other = self.env["product.product"].create({"name": "Bow"})
        exchange._remember(self.all, "product", {"1": self.product.id, "2": other.id})
        exchange._remember(self.all, "customer", {"1": self.anna.id})
        found = exchange._resolve(self.all, "product", ["1", "2", "3"])
        self.assertEqual(found, {"1": self.product.id, "2": other.id})
        keys = [{"source": "ALL", "id": "1"}]
        for entity, record in (("product", self.product), ("customer", self.anna)):
            [told] = self.ok("get", self.all, entity=entity, keys=keys)["records"]
            self.assertEqual((told["id"], told["keys"]), (record.id, ["1"]))
        other.unlink()
        self.assertEqual(exchange._resolve(self.all, "product", ["2"]), {})
        exchange._remember(self.all, "product", {"2": self.product.id})
        found = exchange._resolve(self.all, "product", ["2"])
        self.assertEqual(found, {"2": self.product.id})

    def test_the_key_of_a_merged_contact_means_the_survivor(self):
        child = {"parent_id": self.anna.id, "name": "Jan"}
        first, second = self.partners.create([child, child])
        exchange = self.env["crm.exchange"]
        exchange._remember(self.all, "contact", {"A": first.id, "B": second.id})
        self.env["crm.merge"]._merge([(first.id, [second.id])])
        self.env.flush_all()
        found = exchange._resolve(self.all, "contact", ["A", "B"])
        self.assertEqual(set(found.values()), {first.id})
