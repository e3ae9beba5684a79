from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

HOW = """
These stored fields are not in the map of personal data, so nobody would hand them out
or erase them. Add a line to a file in crm_extended/privacy/declared/ (of your addon:
see crm.personal.data._get_declarations), for a field that says something of a person
    my.model,my_field,behaviour,empty
for the field that says whose row it is, and what becomes of the row
    my.model,partner_id,subject,delete
and for one that says nothing of a person
    my.model,my_field,none,
"""


@tagged("post_install", "-at_install")
class TestPersonalData(TransactionCase):
    def test_every_stored_field_is_declared(self):
        missing = self.env["crm.personal.data"]._find_undeclared()
        self.assertFalse(missing, "\n".join([HOW, *missing]))

    def test_declarations_can_be_carried_out(self):
        mistakes = self.env["crm.personal.data"]._find_mistakes()
        self.assertFalse(mistakes, "\n".join(mistakes))

    def test_an_undeclared_field_is_found(self):
        data = self.env["crm.personal.data"]
        known = data._get_map()
        less = [row for row in known["crm.purchase"] if row.field != "amount"]
        with patch.object(
            type(data), "_get_map", lambda self: {**known, "crm.purchase": less}
        ):
            self.assertEqual(
                data._find_undeclared(["crm.purchase"]), ["crm.purchase.amount"]
            )

    def test_every_model_with_personal_fields_says_whose_they_are(self):
        data = self.env["crm.personal.data"]
        shared = {
            "res.partner",
            "crm.import",
            "crm.exchange.batch",
            "crm.exchange.job.part",
            "crm.source.query",
            "crm.suppression",
            "crm.retention.run",
        }
        lonely = [
            name
            for name in data._get_map()
            if data._get_personal(name)
            and not data._get_subjects(name)
            and name not in shared
        ]
        self.assertFalse(lonely)

    def test_the_officer_reads_the_map_as_a_list(self):
        rows = self.env["crm.personal.data.field"].search(
            [("model_name", "=", "res.partner"), ("field_name", "=", "email")]
        )
        self.assertEqual((rows.category, rows.action), ("contact", "empty"))
        groups = rows._read_group([], ["category"], ["__count"])
        self.assertIn("contact", dict(groups))
