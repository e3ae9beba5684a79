"""Departments that know one customer, each in its own way."""

from odoo import fields
from odoo.tests import new_test_user

from ..sources.import_common import ImportCase

PEOPLE = {
    name: name for name in ("id", "name", "email", "phone", "street", "zip", "city")
}
COLUMNS = {**PEOPLE, "id": "customer_key", "country": "country"}
HEADER = ",".join(COLUMNS) + "\n"


class GoldenCase(ImportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.golden = cls.env["crm.golden"]
        cls.till = cls.make_source("Till", 70)
        cls.web = cls.make_source("Web", 60)
        cls.krakow = cls.make_source("Krakow", 40)
        cls.steward = new_test_user(
            cls.env, "gol_steward", groups="crm_extended.group_steward"
        )
        cls.manual = cls.env.ref("crm_extended.source_manual")

    @classmethod
    def make_source(cls, name, trust, **vals):
        code = f"G-{name.upper()}"
        return cls.env["crm.source"].create(
            {"name": name, "code": code, "trust": trust, **vals}
        )

    @classmethod
    def make_partner(cls, name="Jana", **vals):
        return cls.env["res.partner"].create({"name": name, **vals})

    @classmethod
    def say(cls, source, partner, day="2026-01-01", key=None, **values):
        """What a source says of a customer, by targets of the import."""
        return cls.env["crm.source.record"].create(
            {
                "source_id": source.id,
                "key": key or str(partner.id),
                "partner_id": partner.id,
                "payload": values,
                "accepted": values,
                "received_at": fields.Datetime.to_datetime(day),
            }
        )

    def make_list(self, source):
        """A mapping of the source's list of customers."""
        return self.make_mapping(COLUMNS, what="customers", source_id=source.id)

    def load_list(self, mapping, *rows):
        run = self.load(HEADER + "\n".join(rows) + "\n", mapping)
        self.assertEqual((run.state, run.error_count), ("done", 0), run.error)
        return run

    def get_row(self, partner, field):
        domain = [("partner_id", "=", partner.id), ("field", "=", field)]
        return self.golden.search(domain)
