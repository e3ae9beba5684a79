from datetime import date

from odoo import Command
from odoo.tests import TransactionCase, new_test_user

DAY = date(2026, 3, 10)


class TierCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.program = cls.env["loyalty.program"].create(
            {
                "name": "Club",
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                "company_id": cls.company.id,
            }
        )
        cls.ann, cls.ben, cls.cyd = cls.env["res.partner"].create(
            [{"name": n, "email": f"{n}@example.com"} for n in ("ann", "ben", "cyd")]
        )
        for partner in (cls.ann, cls.ben, cls.cyd):
            cls.env["loyalty.card"].create(
                {"program_id": cls.program.id, "partner_id": partner.id}
            )
        cls.tier = cls.env["crm.loyalty.tier"].create(
            {
                "name": "Ladder",
                "program_id": cls.program.id,
                "period": "year",
                "keep_more": 1,
                "grace_days": 10,
                "level_ids": [
                    Command.create({"name": "Bronze", "sequence": 1}),
                    cls.level("Silver", 2, [("spend", 500)]),
                    cls.level("Gold", 3, [("spend", 1000), ("orders", 2)]),
                ],
            }
        )
        cls.bronze, cls.silver, cls.gold = cls.tier.level_ids
        cls.user = new_test_user(
            cls.env, "t_shop", groups="crm_extended.group_loyalty_user"
        )
        cls.manager = new_test_user(
            cls.env, "t_manager", groups="crm_extended.group_loyalty_manager"
        )

    @classmethod
    def level(cls, name, sequence, rules, match="all"):
        rules = [Command.create({"kind": k, "minimum": n}) for k, n in rules]
        return Command.create(
            {"name": name, "sequence": sequence, "match": match, "rule_ids": rules}
        )

    def coupons(self, name):
        """A programme of coupons."""
        return self.env["loyalty.program"].create(
            {
                "name": name,
                "program_type": "coupons",
                "company_id": self.company.id,
                "reward_ids": [Command.create({"discount": 10})],
            }
        )

    def buy(self, partner, amount, day=DAY):
        return self.env["crm.purchase"].create(
            {"partner_id": partner.id, "amount": amount, "date": day}
        )

    def evaluate(self, day=DAY, **kwargs):
        return self.tier._evaluate(day, **kwargs)

    def stay(self, partner):
        """The stay of today, empty for none."""
        return self.env["crm.loyalty.tier.member"].search(
            [
                ("tier_id", "=", self.tier.id),
                ("partner_id", "=", partner.id),
                ("valid_to", "=", False),
            ]
        )

    def on(self, partner):
        return self.stay(partner).level_id
