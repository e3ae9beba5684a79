from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .handover_common import HandoverCase, today


@tagged("post_install", "-at_install")
class TestDependence(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.purchase"].search([]).unlink()
        cls.env["account.move"].search([("state", "=", "posted")]).button_draft()
        cls.known = cls.add_customer("Known", is_company=True)
        cls.alone = cls.add_customer("Alone")
        cls.others = cls.add_customer("Of Eva", user_id=cls.eva.id)
        cls.contact = cls.add_customer("Contact", parent_id=cls.known.id)
        for partner, amount in (
            (cls.contact, 300),
            (cls.alone, 600),
            (cls.others, 100),
        ):
            cls.env["crm.purchase"].create(
                {"partner_id": partner.id, "date": today(-30), "amount": amount}
            )
        cls.env["crm.purchase"].create(
            {"partner_id": cls.alone.id, "date": today(-400), "amount": 5000}
        )
        cls.talk(cls.contact, cls.jan)
        cls.talk(cls.contact, cls.marek)
        cls.talk(cls.alone, cls.jan)
        cls.talk(cls.alone, cls.marek, days=500)

    @classmethod
    def talk(cls, partner, user, days=10):
        date = fields.Datetime.now() - timedelta(days=days)
        cls.env["crm.interaction"].create(
            {"partner_id": partner.id, "user_id": user.id, "date": date}
        )

    def rows(self, user, partner=None):
        self.env.invalidate_all()
        domain = [("user_id", "=", self.jan.id)]
        if partner:
            domain.append(("partner_id", "=", partner.id))
        return self.env["crm.dependence"].with_user(user).search(domain)

    def test_value_and_knowledge_held_alone(self):
        known, alone = (
            self.rows(self.hana, self.known),
            self.rows(self.hana, self.alone),
        )
        self.assertEqual(
            (known.value, known.is_alone, known.alone_value), (300, False, 0)
        )
        self.assertEqual(
            (alone.value, alone.is_alone, alone.alone_value), (600, True, 600)
        )
        self.assertEqual((known.contact_count, known.other_count), (1, 1))
        [(user, share, held)] = (
            self.env["crm.dependence"]
            .with_user(self.hana)
            ._read_group(
                [("user_id", "=", self.jan.id)],
                ["user_id"],
                ["share:sum", "alone_share:sum"],
            )
        )
        self.assertEqual((user, round(share), round(held)), (self.jan, 90, 60))

    def test_the_months_of_silence_are_a_setting(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("crm_extended.dependence_months", "24")
        self.assertFalse(self.rows(self.hana, self.alone).is_alone)
        parameters.set_param("crm_extended.dependence_months", "drop table")
        self.assertTrue(self.rows(self.hana, self.alone).is_alone)

    def test_each_sees_his_own_and_managers_all(self):
        self.assertEqual(self.rows(self.jan).partner_id, self.known | self.alone)
        self.assertFalse(self.rows(self.eva))
        self.assertEqual(self.rows(self.hana).partner_id, self.known | self.alone)
        groups = self.env["crm.dependence"].with_user(self.eva)
        groups = groups._read_group([], ["user_id"], ["value:sum"])
        self.assertEqual([user for user, _value in groups], [self.eva])

    def test_another_companys_value_is_not_shown(self):
        company = self.env["res.company"].create({"name": "Harmonia Polska"})
        self.env["crm.purchase"].create(
            {
                "partner_id": self.alone.id,
                "date": today(-3),
                "amount": 77,
                "company_id": company.id,
            }
        )
        self.assertEqual(self.rows(self.hana, self.alone).mapped("value"), [600])
        self.hana.company_ids += company
        both = self.rows(self.hana.with_company(company), self.alone)
        both = both.with_context(allowed_company_ids=[company.id])
        found = both.search([("partner_id", "=", self.alone.id)])
        self.assertEqual(found.mapped("value"), [77])

    def test_missing_knowledge_is_named_until_it_is_written_down(self):
        row = self.rows(self.hana, self.known)
        self.assertEqual(row.missing_count, 4)
        self.known.comment = "<p>Plays in C minor</p>"
        self.env["crm.need"].create({"name": "Reeds", "partner_id": self.contact.id})
        self.add_customer("Second", parent_id=self.known.id)
        row = self.rows(self.hana, self.known)
        self.assertEqual((row.no_note, row.no_need, row.no_second), (False,) * 3)
        self.assertEqual(row.missing, "relations")

    def test_each_missing_entry_becomes_one_activity_of_its_salesperson(self):
        rows = self.rows(self.hana)
        rows.action_write_down()
        activity = self.alone.activity_ids
        self.assertEqual(activity.user_id, self.jan)
        self.assertIn("needs", activity.summary)
        with self.assertRaisesRegex(UserError, "asked for already"):
            rows.action_write_down()
        self.assertEqual(len(self.alone.activity_ids), 1)
