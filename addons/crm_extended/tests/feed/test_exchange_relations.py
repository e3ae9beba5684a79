from odoo.tests import tagged

from ..exchange.exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeRelations(ExchangeCase):
    """A record is told as long as the customer it belongs to may be seen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prague = cls.partners.create(
            {"name": "Praha s.r.o.", "is_company": True, "city": "Praha"}
        )
        cls.krakow = cls.partners.create(
            {"name": "Kraków sp.", "is_company": True, "city": "Kraków"}
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Piano", "default_code": "PIA", "list_price": 100}
        )
        cls.local = cls.make_client("LOCAL")
        cls.local.scope_ids.domain = "[('city', '=', 'Praha')]"
        cls.env["crm.exchange.scope"].create(
            [
                {"client_id": cls.local.id, "entity": name, "field_mode": "all"}
                for name in ("order", "contact", "opportunity")
            ]
        )

    def order(self, partner):
        return self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [(0, 0, {"product_id": self.product.id})],
            }
        )

    def told(self, items, entity="order"):
        return [(i["op"], i["id"]) for i in items if i["entity"] == entity]

    def test_orders_of_hidden_customers_are_hidden(self):
        seen, hidden = self.order(self.prague), self.order(self.krakow)
        items, _cursor = self.pull_all(by=self.local)
        self.assertIn(("upsert", seen.id), self.told(items))
        self.assertNotIn(hidden.id, [i for _op, i in self.told(items)])
        keys = [{"id": hidden.id}]
        [answer] = self.ok("get", self.local, entity="order", keys=keys)["records"]
        self.assertEqual(answer["status"], "not_found")

    def test_orders_for_a_contact_belong_to_its_company(self):
        contact = self.partners.create(
            {"name": "Jan", "parent_id": self.prague.id, "city": "Brno"}
        )
        order = self.order(contact)
        items, _cursor = self.pull_all(by=self.local)
        self.assertIn(("upsert", order.id), self.told(items))
        self.assertIn(("upsert", contact.id), self.told(items, "contact"))

    def test_a_customer_takes_its_orders_along_when_it_leaves(self):
        order = self.order(self.prague)
        _items, cursor = self.pull_all(by=self.local)
        self.prague.city = "Brno"
        self.env.flush_all()
        items, cursor = self.pull_all(cursor, by=self.local)
        self.assertIn(("left_scope", order.id), self.told(items))
        self.assertIn(("left_scope", self.prague.id), self.told(items, "customer"))
        again, cursor = self.pull_all(cursor, by=self.local)
        self.assertEqual(again, [])
        self.prague.city = "Praha"
        self.env.flush_all()
        items, _cursor = self.pull_all(cursor, by=self.local)
        self.assertIn(("upsert", order.id), self.told(items))

    def test_orders_leave_even_if_customers_are_not_subscribed(self):
        order = self.order(self.prague)
        _items, cursor = self.pull_all(by=self.local, entities=["order"])
        self.prague.city = "Brno"
        self.env.flush_all()
        items, _cursor = self.pull_all(cursor, by=self.local)
        self.assertEqual(
            [(i["op"], i["id"]) for i in items], [("left_scope", order.id)]
        )

    def test_a_customer_that_comes_brings_its_orders(self):
        order = self.order(self.krakow)
        _items, cursor = self.pull_all(by=self.local)
        self.krakow.city = "Praha"
        self.env.flush_all()
        items, _cursor = self.pull_all(cursor, by=self.local)
        self.assertIn(("upsert", order.id), self.told(items))

    def test_other_clients_are_not_told_of_what_one_may_see_now(self):
        self.order(self.krakow)
        other = self.make_client("OTHER", entities=("order",))
        _items, mine = self.pull_all(by=self.local)
        _items, theirs = self.pull_all(by=other)
        self.krakow.city = "Praha"
        self.env.flush_all()
        self.pull_all(mine, by=self.local)
        self.assertEqual(self.pull_all(theirs, by=other)[0], [])

    def test_another_filter_on_customers_makes_orders_load_again(self):
        _items, cursor = self.pull_all(by=self.local, entities=["order"])
        scopes = self.local.scope_ids
        scopes.filtered(lambda s: s.entity == "customer").domain = "[]"
        self.refused("cursor_scope", "pull", self.local, cursor=cursor)

    def test_a_price_list_comes_and_goes_with_the_agreement(self):
        prices = self.env["product.pricelist"].create({"name": "Halls"})
        scope = {"entity": "price_list", "field_mode": "all"}
        self.local.scope_ids = [(0, 0, scope)]
        _items, cursor = self.pull_all(by=self.local, entities=["price_list"])
        self.prague.specific_property_product_pricelist = prices
        self.env.flush_all()
        items, cursor = self.pull_all(cursor, by=self.local)
        self.assertEqual(self.told(items, "price_list"), [("upsert", prices.id)])
        self.prague.specific_property_product_pricelist = False
        self.env.flush_all()
        items, _cursor = self.pull_all(cursor, by=self.local)
        self.assertEqual(self.told(items, "price_list"), [("left_scope", prices.id)])

    def test_items_stay_contiguous_through_all_that(self):
        orders = [self.order(self.prague), self.order(self.krakow)]
        numbers, cursor = [], ""
        for city in ("Brno", "Praha", "Plzeň"):
            items, cursor = self.pull_all(cursor, by=self.local, limit=2)
            numbers += [int(item["seq"]) for item in items]
            (self.prague | self.krakow).city = city
            orders[0].client_order_ref = city
            self.env.flush_all()
        items, cursor = self.pull_all(cursor, by=self.local, limit=2)
        numbers += [int(item["seq"]) for item in items]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))

    # ------------------------------------------------------------------ lines

    def test_a_change_of_a_line_is_a_change_of_its_order(self):
        order = self.order(self.prague)
        items, cursor = self.pull_all(by=self.local)
        [before] = [i for i in items if i["entity"] == "order" and i["id"] == order.id]
        self.assertEqual(before["data"]["lines"][0]["product"], self.product.id)
        self.env.cr.execute(
            "UPDATE sale_order_line SET discount = 50 WHERE order_id = %s", [order.id]
        )
        items, cursor = self.pull_all(cursor, by=self.local)
        self.assertEqual(self.told(items), [("upsert", order.id)])
        self.assertEqual(items[0]["data"]["lines"][0]["discount"], "50")
        self.assertNotEqual(items[0]["rev"], before["rev"])
        order.order_line.unlink()
        self.env.flush_all()
        items, _cursor = self.pull_all(cursor, by=self.local)
        self.assertNotIn("lines", items[0]["data"])

    def test_a_deleted_order_leaves_a_tombstone(self):
        order = self.order(self.prague)
        order_id = order.id
        _items, cursor = self.pull_all(by=self.local)
        order.unlink()
        items, _cursor = self.pull_all(cursor, by=self.local)
        self.assertEqual(self.told(items), [("delete", order_id)])

    def test_a_text_of_an_article_is_told_of_all_its_variants(self):
        client = self.make_client("SHOP", entities=("product",))
        _items, cursor = self.pull_all(by=client)
        self.product.product_tmpl_id.name = "Grand Piano"
        self.env.flush_all()
        items, _cursor = self.pull_all(cursor, by=client)
        self.assertEqual(self.told(items, "product"), [("upsert", self.product.id)])
        self.assertEqual(items[0]["data"]["name"], "Grand Piano")

    # ------------------------------------------------------------------ queries

    def test_a_page_of_orders_costs_the_same_queries_whatever_its_size(self):
        for _i in range(12):
            self.order(self.prague)
        self.pull_all(by=self.local, entities=["order"])

        def queries(limit):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            data = self.ok("pull", self.local, entities=["order"], limit=limit)
            self.assertEqual(len(data["items"]), limit)
            return self.env.cr.sql_log_count - before

        self.assertEqual(queries(2), queries(10))
