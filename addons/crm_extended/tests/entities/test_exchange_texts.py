import json
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged

from ...exchange.revision import revision
from ..exchange.exchange_common import ExchangeCase

HOSTILE = (
    'Žofie "Quote" \\ back/slash',
    "line\nfeed\ttab",
    "bell \x07 and escape \x1b",
    "delete \x7f, next line \x85",
    "no character \ufffe",
    "\\u0007 as it is written",
    "emoji 🎻, İ, ß, \u00a0, \u200b",
    "  blanks  ",
    "x" * 1200,
)
NUMBERS = (0.0, -0.0, 0.1 + 0.2, 1e-7, 123456789.125, 1e14, -2.50, 1 / 3)


@tagged("post_install", "-at_install")
class TestExchangeTexts(ExchangeCase):
    """What the database writes of a record is what is read of it value by value."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.exchange = cls.env["crm.exchange"]
        cls.entities = cls.exchange._entities()
        cls.all = cls.make_client("ALL", entities=tuple(cls.entities))

    def scope(self, name, client=None):
        scopes = (client or self.all).scope_ids
        return scopes.filtered(lambda scope: scope.entity == name)

    def both(self, name, domain=(), client=None, limit=None):
        """Records as the database writes them, and the same value by value."""
        self.env.flush_all()
        client = client or self.all
        given = client, self.entities[name], self.scope(name, client), list(domain)
        written = self.exchange._read_visible(*given, limit=limit)
        read = self.exchange._read_values(*given, limit=limit)
        return tuple(
            [(i, record.rev, record.as_dict()) for i, record in found.items()]
            for found in (written, read)
        )

    def assertSame(self, *arguments, **named):
        written, read = self.both(*arguments, **named)
        self.assertEqual(written, read)
        for _id, rev, told in written:
            self.assertEqual(rev, revision(told["data"]))
        return written

    def test_every_entity_is_written_as_it_is_read(self):
        rule = {"compute_price": "percentage", "percent_price": 12.5, "min_quantity": 3}
        self.env["product.pricelist"].create(
            {"name": "Schools", "item_ids": [Command.create(rule)]}
        )
        found = {}
        for name in self.entities:
            with self.subTest(entity=name):
                found[name] = len(self.assertSame(name))
        for name in (
            "customer",
            "contact",
            "product",
            "order",
            "invoice",
            "price_list",
        ):
            self.assertTrue(found[name], f"no {name} to compare")

    def test_every_entity_is_written_by_the_database(self):
        with patch.object(
            type(self.exchange), "_read_values", side_effect=AssertionError
        ):
            for name, entity in self.entities.items():
                with self.subTest(entity=name):
                    empty = [("id", "=", 0)]
                    given = self.all, entity, self.scope(name), empty
                    self.assertEqual(self.exchange._read_visible(*given), {})

    def test_hostile_texts_and_texts_that_are_too_long(self):
        for text in HOSTILE:
            partner = self.partners.create({"name": "Anna", "city": "Brno"})
            self.env.cr.execute(
                "UPDATE res_partner SET name = %s, street = %s, city = ''"
                " WHERE id = %s",
                [text, text[:150], partner.id],
            )
            partner.invalidate_recordset()
            with self.subTest(text=text[:20]):
                [(_id, _rev, told)] = self.assertSame(
                    "customer", [("id", "=", partner.id)]
                )
                self.assertEqual(told.get("cut"), ["name"] if len(text) > 250 else None)
                self.assertNotIn("city", told["data"])

    def test_numbers_and_times_have_one_spelling(self):
        for number in NUMBERS:
            product = self.env["product.product"].create({"name": "Cello"})
            self.env.cr.execute(
                "UPDATE product_product SET weight = %s, create_date = %s"
                " WHERE id = %s",
                [number, "2026-03-01 12:30:00.120000", product.id],
            )
            self.env.cr.execute(
                "UPDATE product_template SET list_price = %s WHERE id = %s",
                [number, product.product_tmpl_id.id],
            )
            self.env.invalidate_all()
            with self.subTest(number=number):
                [(_id, _rev, told)] = self.assertSame(
                    "product", [("id", "=", product.id)]
                )
                at = told["data"]["created_at"]
                self.assertEqual(at, "2026-03-01T12:30:00.120000Z")
                self.assertEqual(float(told["data"]["price"]), number)

    def test_lines_come_in_order_and_only_with_their_record(self):
        customer = self.partners.create({"name": "Anna"})
        product = self.env["product.product"].create({"name": "Cello \x07"})
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": customer.id,
                    "date_order": fields.Datetime.now(),
                    "order_line": [
                        Command.create(
                            {"product_id": product.id, "product_uom_qty": n + 1}
                        )
                        for n in range(count)
                    ],
                }
                for count in (3, 0, 1)
            ]
        )
        told = self.assertSame("order", [("partner_id", "=", customer.id)])
        counts = [len(record["data"].get("lines", ())) for _id, _rev, record in told]
        self.assertEqual(counts, [3, 0, 1])
        self.assertEqual(
            [line["id"] for line in told[0][2]["data"]["lines"]],
            sorted(orders[0].order_line.ids),
        )

    def test_a_translated_text_is_in_the_language_of_the_login(self):
        self.env["res.lang"]._activate_lang("cs_CZ")
        product = self.env["product.product"].create({"name": "Cello"})
        product.with_context(lang="cs_CZ").name = "Violoncello"
        self.all.user_id.lang = "cs_CZ"
        [(_id, _rev, told)] = self.assertSame("product", [("id", "=", product.id)])
        self.assertEqual(told["data"]["name"], "Violoncello")

    def test_keys_limits_and_narrow_scopes_hold(self):
        known = self.partners.create([{"name": f"C{n}", "city": "Brno"} for n in "123"])
        client = self.make_client("NARROW", domain="[('city', '=', 'Brno')]")
        scope = client.scope_ids
        scope.write({"field_mode": "list", "field_names": "city, active"})
        self.exchange._remember(
            client, "customer", {"K-2": known[1].id, "K-é": known[1].id}
        )
        domain = [("id", "in", known.ids)]
        told = self.assertSame("customer", domain, client=client, limit=2)
        self.assertEqual([record[0] for record in told], known[:2].ids)
        self.assertEqual(told[0][2]["data"], {"active": True, "city": "Brno"})
        self.assertEqual(told[1][2]["keys"], ["K-2", "K-é"])
        scope.own_only = True
        told = self.assertSame("customer", domain, client=client)
        self.assertEqual([record[0] for record in told], known[1].ids)

    def test_a_packed_item_is_the_item(self):
        self.partners.create(
            [{"name": text[:200]} for text in HOSTILE if "\x07" not in text]
        )
        plain = self.ok("pull", by=self.all, entities=["customer"])["items"]
        packed = self.ok("pull", by=self.all, entities=["customer"], packed=True)[
            "items"
        ]
        self.assertEqual([json.loads(item) for item in packed], plain)
