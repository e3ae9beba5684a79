from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import new_test_user, tagged

from .picture_common import USER, PictureCase


@tagged("post_install", "-at_install")
class TestPictureSecurity(PictureCase):
    def test_what_a_role_may_not_see_is_absent_and_not_blank(self):
        self.env["crm.lead"].create({"name": "Piano", "partner_id": self.school.id})
        self.env["sale.order"].create({"partner_id": self.school.id})
        self.talk(channel="payment", subject="Paid")
        self.talk(
            channel="mail", subject="Secret", res_model="crm.lead", res_id=2**31 - 1
        )
        rich, poor = self.picture(), self.picture(user=self.shop)
        self.assertIn("quotations", [desk["key"] for desk in rich["desks"]])
        self.assertNotIn("quotations", [desk["key"] for desk in poor["desks"]])
        self.assertNotIn("opportunities", [desk["key"] for desk in poor["desks"]])
        self.assertNotIn("Piano", repr(poor))
        self.assertNotIn("loyalty", poor)
        codes = [c["code"] for c in poor["facets"]["channels"]]
        self.assertEqual(codes, [])
        self.assertEqual(self.subjects(user=self.shop), [])
        self.assertEqual(self.subjects(), ["Piano", "Paid"], "the lead, not the mail")

    def test_a_mail_on_a_document_is_seen_by_its_readers_only(self):
        lead = self.env["crm.lead"].create(
            {"name": "Piano", "partner_id": self.school.id, "user_id": self.boss.id}
        )
        self.talk(
            channel="mail",
            direction="in",
            subject="Our budget",
            res_model="crm.lead",
            res_id=lead.id,
        )
        other = new_test_user(
            self.env, "t_pic_seller", groups=f"{USER},sales_team.group_sale_salesman"
        )
        self.assertIn("Our budget", self.subjects())
        for user in (self.shop, other):
            self.assertEqual(self.subjects(user=user), [])
            self.assertNotIn("Our budget", repr(self.picture(user=user)))

    def test_only_the_customer_base_opens_pictures(self):
        for method in ("get", "timeline", "story"):
            with self.assertRaises(AccessError):
                getattr(self.env["crm.picture"].with_user(self.stranger), method)(
                    self.school.id
                )

    def test_a_customer_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Abroad"})
        foreign = self.env["res.partner"].create(
            {"name": "Foreign", "company_id": other.id}
        )
        for method in ("get", "timeline", "story"):
            with self.assertRaises(AccessError):
                getattr(self.env["crm.picture"].with_user(self.shop), method)(
                    foreign.id
                )

    def test_amounts_of_other_companies_stay_there(self):
        other = self.env["res.company"].create({"name": "Abroad"})
        self.env["crm.purchase"].create(
            {
                "partner_id": self.school.id,
                "date": self.now.date(),
                "amount": 999,
                "company_id": other.id,
            }
        )
        self.talk(company_id=other.id, subject="Abroad")
        seen = self.picture(user=self.shop)
        self.assertEqual(seen["figures"], [])
        self.assertEqual(self.subjects(user=self.shop), [])

    def test_hostile_arguments_get_a_clear_answer(self):
        picture = self.env["crm.picture"].with_user(self.shop)
        gone = self.env["res.partner"].create({"name": "Gone"})
        gone_id = gone.id
        gone.unlink()
        for hostile in (None, True, -1, 2**31, 2**63, 1.5, "1", [1], {}, gone_id):
            for method in ("get", "timeline", "story"):
                with self.assertRaises(UserError):
                    getattr(picture, method)(hostile)
        for arguments in (
            {"filters": [("id", ">", 0)]},
            {"filters": {"domain": []}},
            {"filters": {"channels": ["nothing"]}},
            {"filters": {"person_id": self.shop.partner_id.id}},
            {"filters": {"since": "'; --"}},
            {"before": "2026-01-01"},
            {"before": [1]},
            {"whole": "yes"},
        ):
            with self.assertRaises(UserError, msg=repr(arguments)):
                picture.timeline(self.school.id, **arguments)
        for text in ("\x00", "\ud800", "\\", "%_\\", "a" * 10**6, "' OR 1=1 --"):
            picture.timeline(self.school.id, {"text": text})

    def test_nothing_else_of_the_picture_can_be_called(self):
        picture = self.env["crm.picture"]
        for name in ("get", "timeline", "story"):
            self.assertTrue(get_public_method(picture, name))
        for name in ("_part_customer", "_scope", "_read_timeline", "_readable"):
            with self.assertRaises(AccessError):
                get_public_method(picture, name)

    def test_context_of_a_caller_widens_nothing(self):
        other = self.env["res.company"].create({"name": "Abroad"})
        self.talk(company_id=other.id, subject="Abroad")
        picture = self.env["crm.picture"].with_user(self.shop)
        with self.assertRaises(AccessError):
            picture.with_context(allowed_company_ids=[other.id]).timeline(
                self.school.id
            )

    def test_a_colleague_sees_relatives_only_if_he_may(self):
        other = self.env["res.company"].create({"name": "Abroad"})
        secret = self.env["res.partner"].create(
            {"name": "Secret Owner", "company_id": other.id}
        )
        child = self.env["res.partner"].create({"name": "Child"})
        self.env.cr.execute(
            "UPDATE res_partner SET parent_id = %s WHERE id = %s", [secret.id, child.id]
        )
        child.invalidate_recordset()
        seen = self.picture(child, user=self.shop)
        self.assertFalse(seen["customer"]["parent"])
        self.assertNotIn("Secret Owner", repr(seen))

    def test_rows_of_a_colleagues_own_partner_are_open_to_the_base(self):
        colleague = self.boss.partner_id
        colleague.category_id = [Command.create({"name": "Colleague"})]
        self.assertEqual(
            self.picture(colleague, user=self.shop)["customer"]["tags"], ["Colleague"]
        )
