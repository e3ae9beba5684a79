from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, new_test_user

USER = "crm_extended.group_customer_user"


class PictureCase(TransactionCase):
    """A school with two people, and colleagues of several roles."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        cls.school = partners.create(
            {"name": "School", "is_company": True, "email": "school@example.com"}
        )
        cls.director, cls.conductor = partners.create(
            [
                {"name": "Director", "parent_id": cls.school.id},
                {"name": "Conductor", "parent_id": cls.school.id},
            ]
        )
        cls.shop = new_test_user(cls.env, "t_pic_shop", groups=USER)
        cls.boss = new_test_user(
            cls.env,
            "t_pic_boss",
            groups=f"{USER},sales_team.group_sale_manager,"
            "account.group_account_invoice",
        )
        cls.stranger = new_test_user(
            cls.env, "t_pic_stranger", groups="base.group_user"
        )
        cls.now = fields.Datetime.now().replace(microsecond=0)

    @classmethod
    def talk(cls, partner=None, days=1, **values):
        return cls.env["crm.interaction"].create(
            {
                "partner_id": (partner or cls.school).id,
                "date": cls.now - timedelta(days=days),
                "channel": "call",
                "subject": "Talk",
                **values,
            }
        )

    @classmethod
    def fill(cls, count, partner=None):
        """Many interactions by one statement, of all channels, one an hour."""
        cls.env.cr.execute(
            """INSERT INTO crm_interaction
                      (partner_id, date, direction, channel, subject, res_model, res_id)
               SELECT %s, %s - n * interval '1 hour', 'in',
                      (ARRAY['call', 'visit', 'mail', 'web'])[1 + n %% 4], 'Talk ' || n,
                      CASE n %% 4 WHEN 2 THEN 'res.partner' END,
                      CASE n %% 4 WHEN 2 THEN %s END
                 FROM generate_series(1, %s) n""",
            [(partner or cls.school).id, cls.now, cls.school.id, count],
        )
        cls.env["crm.interaction"].invalidate_model()

    def picture(self, partner=None, user=None, **arguments):
        model = self.env["crm.picture"].with_user(user or self.boss)
        return model.get((partner or self.school).id, **arguments)

    def timeline(self, partner=None, user=None, **arguments):
        model = self.env["crm.picture"].with_user(user or self.boss)
        return model.timeline((partner or self.school).id, **arguments)

    def subjects(self, **arguments):
        return [e["subject"] for e in self.timeline(**arguments)["entries"]]
