from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestPhonecall(TransactionCase):
    """Consents are asked before somebody is called."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.news = cls.env.ref("crm_extended.consent_purpose_news")
        cls.anna, cls.bela = cls.env["res.partner"].create(
            [
                {"name": "Anna", "phone": "+420601112201"},
                {"name": "Bela", "phone": "+420601112202"},
            ]
        )
        cls.caller = new_test_user(
            cls.env,
            "t_caller",
            "sales_team.group_sale_salesman,crm_phonecall.group_show_form_view"
            if cls.env.ref("crm_phonecall.group_show_form_view", False)
            else "sales_team.group_sale_salesman",
        )

    def say(self, partner, answer, purpose=None):
        self.env["crm.consent"].create(
            {
                "partner_id": partner.id,
                "purpose_id": (purpose or self.news).id,
                "answer": answer,
            }
        )

    def plan(self, partners, **vals):
        calls = self.env["crm.phonecall"].with_user(self.caller)
        return calls.create(
            [
                {
                    "name": "Spring",
                    "partner_id": p.id,
                    "purpose_id": self.news.id,
                    **vals,
                }
                for p in partners
            ]
        )

    def test_only_who_agreed_is_called_with_news(self):
        self.say(self.anna, "given")
        self.assertFalse(self.plan(self.anna).refusal)
        with self.assertRaisesRegex(UserError, r"News.*Bela \(Did not agree\)"):
            self.plan(self.anna | self.bela)

    def test_service_calls_need_nobodys_consent(self):
        call = self.env["crm.phonecall"].create(
            {"name": "Your repair", "partner_id": self.bela.id}
        )
        self.assertEqual(
            call.purpose_id, self.env.ref("crm_extended.consent_purpose_service")
        )
        self.assertFalse(call.refusal)

    def test_whoever_withdraws_meanwhile_is_not_dialled(self):
        self.say(self.anna, "given")
        call = self.plan(self.anna)
        self.say(self.anna, "withdrawn")
        call.invalidate_recordset()
        self.assertEqual(call.refusal, "Withdrew the consent")
        with self.assertRaises(UserError):
            call.partner_phone = "+420601112209"
        call.state = "cancel"
        self.assertFalse(call.refusal)

    def test_a_blocked_number_is_not_dialled_whoever_it_belongs_to(self):
        self.say(self.anna, "given")
        self.env["phone.blacklist"].create({"number": "+420601112209"})
        with self.assertRaisesRegex(UserError, "Anna"):
            self.plan(self.anna, partner_phone="+420 601 112 209")
        with self.assertRaisesRegex(UserError, "601"):
            self.plan(
                self.env["res.partner"].browse([False]), partner_phone="+420601112209"
            )

    def test_what_was_spoken_or_came_in_is_noted_whatever_was_agreed(self):
        self.say(self.bela, "withdrawn")
        self.plan(self.bela, state="done")
        self.plan(self.bela, direction="in")

    def test_the_next_call_keeps_its_purpose(self):
        self.say(self.anna, "given")
        call = self.plan(self.anna)
        again = call.schedule_another_phonecall(
            {"name": "Again", "action": "schedule"}, return_recordset=True
        )
        self.assertEqual(again.purpose_id, self.news)
