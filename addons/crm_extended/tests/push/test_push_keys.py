import unicodedata

from odoo.tests import tagged

from .push_common import ALL, PushCase


@tagged("post_install", "-at_install")
class TestPushKeys(PushCase):
    """Records are found by the keys of partners, however these are spelt."""

    @classmethod
    def make_writer(cls, code, domain="[]", **values):
        client = super().make_writer(code, domain, **values)
        scope = {"entity": "order", "field_mode": "all", "client_id": client.id, **ALL}
        cls.env["crm.exchange.scope"].create(scope)
        return client

    def order(self, key, customer, **refs):
        named = {"customer": customer, **refs}
        refs = {name: self.key_of(other) for name, other in named.items()}
        return self.row(key, entity="order", refs=refs)

    def contact(self, key, customer, name="Jan"):
        refs = {"customer": self.key_of(customer)}
        return self.row(key, entity="contact", refs=refs, name=name)

    def test_one_letter_or_letter_and_accent_is_the_same_key(self):
        composed = "Zákazník-é"
        apart = unicodedata.normalize("NFD", composed)
        self.assertNotEqual(composed, apart)
        first = self.one(self.row(apart, name="Anna"))
        again = self.one(self.row(composed, name="Anna", city="Brno"))
        self.assertEqual((first["status"], again["status"]), ("created", "updated"))
        self.assertEqual(first["id"], again["id"])
        keys = [self.key_of(composed), self.key_of(apart)]
        told = self.ok("get", entity="customer", keys=keys)["records"]
        self.assertEqual([record["id"] for record in told], [first["id"]] * 2)
        self.assertEqual(told[1]["keys"], [composed])
        person = self.one(self.contact("P-1", apart))
        self.assertEqual(self.partners.browse(person["id"]).parent_id.id, first["id"])

    def test_an_order_of_a_contact_by_the_contacts_key(self):
        firm = self.make("C-1", name="Firma", is_company=True)
        person = self.one(self.contact("P-1", "C-1"))["id"]
        done = self.one(self.order("O-1", "P-1", invoice_address="C-1"))
        self.assertStatus(done, "created")
        order = self.env["sale.order"].browse(done["id"])
        self.assertEqual(order.partner_id.id, person)
        self.assertEqual(order.partner_invoice_id, firm)

    def test_an_order_of_a_contact_by_our_id(self):
        firm = self.make("C-1", name="Firma", is_company=True)
        person = self.partners.create({"name": "Jan", "parent_id": firm.id})
        by_ref = self.one(self.order("O-1", person.id))
        by_value = self.one(self.row("O-2", entity="order", customer=person.id))
        orders = self.env["sale.order"].browse([by_ref["id"], by_value["id"]])
        self.assertEqual(orders.partner_id, person)

    def test_a_customer_goes_before_a_contact_of_the_same_key(self):
        firm = self.make("X-1", name="Firma", is_company=True)
        self.push(self.contact("X-1", "X-1"))
        done = self.one(self.order("O-1", "X-1"))
        self.assertEqual(self.env["sale.order"].browse(done["id"]).partner_id, firm)

    def test_an_order_waits_for_a_contact_that_comes_later(self):
        done = self.push(self.order("O-1", "P-1"))
        self.assertEqual(done["counts"]["deferred"], 1)
        waits = {place["entity"] for place in done["rows"][0]["waits_for"]}
        self.assertEqual(waits, {"customer", "contact", "address"})
        self.push(self.row("C-1", name="Firma"), self.contact("P-1", "C-1"))
        order = self.env["sale.order"].search([("partner_id.name", "=", "Jan")])
        self.assertEqual(order.partner_id.parent_id.name, "Firma")

    def test_nobody_out_of_sight_is_named_by_a_reference(self):
        narrow = self.make_writer("NARROW", domain="[('city', '=', 'Brno')]")
        hidden = self.make("C-1", city="Praha")
        person = self.partners.create({"name": "Jan", "parent_id": hidden.id})
        for other in (hidden.id, person.id, self.env.company.partner_id.id):
            row = {**self.order("O-1", other), "key": self.key_of("O-1", narrow)}
            self.assertStatus(self.one(row, narrow), "rejected", "not_found")


@tagged("post_install", "-at_install")
class TestPushVoice(PushCase):
    """Who says what stands here already is believed when others take it back."""

    def test_a_push_that_changes_nothing_is_a_voice_of_its_source(self):
        other = self.make_writer("SECOND-ERP")
        partner = self.make("C-1", name="Anna", city="Brno")
        row = {
            **self.row(partner.id, name="Anna", city="Brno"),
            "key": {"id": partner.id},
        }
        self.assertEqual(self.one(row, other)["status"], "unchanged")
        records = self.env["crm.source.record"].search(
            [("partner_id", "=", partner.id), ("source_id", "=", other.source_id.id)]
        )
        self.assertEqual(records._get_said()["city"], "Brno")
        rev = self.ok("get", other, entity="customer", keys=[{"id": partner.id}])
        received = records.received_at
        self.assertEqual(self.one(row, other)["status"], "unchanged")
        self.assertEqual(records.received_at, received, "said before: nothing is kept")
        self.assertEqual(rev["records"][0]["data"]["city"], "Brno")
        self.one(self.row("C-1", op="delete"))
        self.assertTrue(partner.active)
        self.assertEqual(partner.city, "Brno")
