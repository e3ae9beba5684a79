from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import SQL

PARTNER_NOISE = {"write_date", "write_uid"}


class MergeCase(TransactionCase):
    """Customers with references of every kind, and a picture of the whole database."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.steward = new_test_user(
            cls.env, "mer_steward", "crm_extended.group_steward", name="Stella Steward"
        )
        cls.merges = cls.env["crm.merge"].with_user(cls.steward)
        cls.product = cls.env["product.product"].create({"name": "Violin"})

    @classmethod
    def make(cls, name, **values):
        return cls.env["res.partner"].create({"name": name, **values})

    @classmethod
    def order(cls, partner, **values):
        return cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [fields.Command.create({"product_id": cls.product.id})],
                **values,
            }
        )

    def merge(self, target, *sources, **arguments):
        ids = [source.id for source in sources]
        return self.merges._merge([(target.id, ids)], **arguments)

    def picture(self):
        """{table: {row as text}} of all tables that say something of customers.

        Times of writing apart, and the journal; everything else must come back.
        """
        self.env.flush_all()
        tables = {ref.table.name for ref in self.merges._references()}
        tables |= {"res_partner", "loyalty_card", "crm_segment_member", "crm_lead"}
        picture = {}
        for table in sorted(tables):
            noise = "'{write_date,write_uid}'::text[]"
            where = ""
            if table == "mail_message":
                where = "WHERE body NOT LIKE '%%erge%%'"
            self.env.cr.execute(
                SQL(
                    f"SELECT (to_jsonb(t.*) - {noise})::text FROM %s t {where}",
                    SQL.identifier(table),
                )
            )
            picture[table] = sorted(row for (row,) in self.env.cr.fetchall())
        return picture

    def assert_same(self, before, after):
        for table, rows in before.items():
            changed = sorted(set(rows) ^ set(after[table]))
            self.assertFalse(changed, f"{table}: {changed[:4]}")

    def refused(self, call, *words):
        """Run what must be refused; the message names what the person must know."""
        with self.assertRaises(UserError) as raised, self.env.cr.savepoint():
            call()
        for word in words:
            self.assertIn(word, str(raised.exception))
