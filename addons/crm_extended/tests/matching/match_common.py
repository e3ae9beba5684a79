"""Makes customers, pairs and runs for the tests of matching."""

import csv
import io

from odoo.tests import TransactionCase, new_test_user
from odoo.tools import SQL

QUIET = {"tracking_disable": True, "mail_create_nosubscribe": True}
JANA = {
    "name": "Jana Kropáčková",
    "email": "jana.kropackova@music.example",
    "phone": "+420601234567",
    "street": "Dlouhá 12",
    "zip": "110 00",
    "city": "Praha",
}


class MatchCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, **QUIET})
        cls.matches = cls.env["crm.match"]
        cls.keys = cls.env["crm.match.key"]
        cls.persons = cls.env.ref("crm_extended.match_setting_person")
        cls.companies = cls.env.ref("crm_extended.match_setting_company")
        cls.steward = new_test_user(
            cls.env, "m_steward", groups="crm_extended.group_steward"
        )
        cls.keys._refresh_all()
        # whatever the demo data or their owner matched before
        cls.matches.sudo().search([]).unlink()
        (cls.persons | cls.companies).sudo().weights = False

    def make(self, **vals):
        return self.env["res.partner"].create({**JANA, **vals})

    def follow(self):
        """What the cron does each minute."""
        changed = set()
        while ids := self.keys._refresh():
            changed.update(ids)
        self.matches._match_changed(changed)

    def pair_of(self, *partners):
        partners = self.env["res.partner"].union(*partners)
        return self.matches.search(
            [("partner_id", "in", partners.ids), ("other_id", "in", partners.ids)]
        )

    def store(self, *lines, setting=None):
        """Pairs as a run would store them: (left, right, weight); it knows whom."""
        self.env["crm.match.key"]._refresh_all()
        buffer = io.StringIO()
        evidence = '[{"field": "prior", "label": "", "level": "prior", "left": "", '
        evidence += '"right": "", "bits": 5.0}]'
        for left, right, weight in lines:
            low, high = sorted((left.id, right.id))
            csv.writer(buffer).writerow([low, high, weight, 0.9, evidence, False])
        buffer.seek(0)
        setting = setting or self.persons
        among = SQL("m.setting_id = %s", setting.id)
        return self.matches._store(buffer, setting, among)
