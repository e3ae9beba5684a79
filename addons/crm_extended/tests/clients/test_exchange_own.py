from odoo.tests import tagged

from ..exchange.exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeOwn(ExchangeCase):
    """A partner who sees its own customers only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.make_client("OWN", entities=("customer", "contact", "order"))
        cls.partner.scope_ids.own_only = True
        cls.mine, cls.other = cls.partners.create(
            [{"name": "Mine", "is_company": True}, {"name": "Other"}]
        )
        cls.contact = cls.partners.create({"name": "Ivo", "parent_id": cls.mine.id})
        cls.order, cls.foreign = cls.env["sale.order"].create(
            [{"partner_id": cls.mine.id}, {"partner_id": cls.other.id}]
        )

    def remember(self):
        exchange = self.env["crm.exchange"]
        exchange._remember(self.partner, "customer", {"C-1": self.mine.id})

    def seen(self, entity):
        items, cursor = self.pull_all(by=self.partner, entities=[entity])
        return {item["id"] for item in items}, cursor

    def test_nothing_is_its_own_before_it_has_a_key(self):
        self.assertEqual(self.seen("customer")[0], set())
        self.assertEqual(self.seen("order")[0], set())

    def test_its_customers_their_contacts_and_orders_are_its_own(self):
        self.remember()
        self.assertEqual(self.seen("customer")[0], {self.mine.id})
        self.assertEqual(self.seen("contact")[0], {self.contact.id})
        self.assertEqual(self.seen("order")[0], {self.order.id})
        keys = [{"id": self.other.id}]
        [record] = self.ok("get", self.partner, entity="customer", keys=keys)["records"]
        self.assertEqual(record["status"], "not_found")

    def test_a_new_key_is_told_as_a_change(self):
        ids, cursor = self.seen("customer")
        self.remember()
        items, _cursor = self.pull_all(cursor, self.partner)
        self.assertEqual([item["id"] for item in items], [self.mine.id])

    def test_switching_it_on_makes_the_client_load_again(self):
        self.partner.scope_ids.own_only = False
        _ids, cursor = self.seen("customer")
        self.partner.scope_ids.own_only = True
        self.refused("cursor_scope", "pull", self.partner, cursor=cursor)
