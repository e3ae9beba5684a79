from datetime import date

from odoo.tests import TransactionCase, new_test_user

DAY = date(2026, 3, 10)


class ReferralCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.points = cls.env["loyalty.program"].create(
            {
                "name": "Club",
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                "company_id": cls.env.company.id,
            }
        )
        cls.program = cls.env["crm.referral.program"].create(
            {
                "name": "Bring a friend",
                "sequence": -1,
                "point_program_id": cls.points.id,
                "referrer_points": 100,
                "friend_points": 40,
                "minimum": 50,
                "return_days": 14,
                "window_days": 30,
                "most": 3,
            }
        )
        cls.ann, cls.ben, cls.cyd = cls.env["res.partner"].create(
            [{"name": name} for name in ("Ann", "Ben", "Cyd")]
        )
        cls.code = cls.env["crm.referral.code"]._get_codes(cls.ann)[cls.ann.id]
        cls.shop = new_test_user(
            cls.env, "r_shop", groups="crm_extended.group_customer_user"
        )
        cls.user = new_test_user(
            cls.env, "r_user", groups="crm_extended.group_loyalty_user"
        )
        cls.manager = new_test_user(
            cls.env, "r_manager", groups="crm_extended.group_loyalty_manager"
        )

    def refer(self, friend=None, code=None, day=DAY):
        return self.env["crm.referral"]._attribute(
            friend or self.ben, code or self.code, "link", day
        )

    def buy(self, partner, amount, day=DAY):
        return self.env["crm.purchase"].create(
            {"partner_id": partner.id, "amount": amount, "date": day}
        )

    def follow(self, day=DAY):
        return self.env["crm.referral"]._follow(day)

    def balance(self, partner):
        return self.points._get_member_cards(partner)[partner.id].points
