from odoo import fields
from odoo.tests import HttpCase, tagged

from .tier_common import TierCase


@tagged("post_install", "-at_install")
class TestTierTour(HttpCase, TierCase):
    def test_a_manager_previews_and_reads_a_ladder(self):
        today = fields.Date.context_today(self.tier)
        self.tier.write({"name": "Tour Ladder", "sequence": -1})
        self.silver.name = "Tour Silver"
        self.silver.rule_ids.minimum = 100
        self.buy(self.ann, 150, today)
        self.evaluate(today)
        self.tier.state = "running"
        self.start_tour("/odoo/loyalty-tiers", "crm_extended_tier", login="admin")
        self.assertEqual(self.on(self.ann), self.silver)

    def test_a_manager_decides_a_referral(self):
        codes = self.env["crm.referral.code"]
        program = self.env["crm.referral.program"].create({"name": "Tour"})
        code = codes._get_codes(self.ann, program)[self.ann.id]
        self.ben.name = "Tour Friend"
        today = fields.Date.context_today(program)
        self.buy(self.ben, 10, fields.Date.subtract(today, days=200))
        self.buy(self.ben, 80, today)
        referral = self.env["crm.referral"]._attribute(self.ben, code, "link", today)
        self.env["crm.referral"]._follow(today)
        self.start_tour("/odoo/referrals", "crm_extended_referral", login="admin")
        self.assertEqual(referral.state, "refused")
