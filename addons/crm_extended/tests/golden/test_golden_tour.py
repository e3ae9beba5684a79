from odoo.tests import HttpCase, tagged

from .golden_common import GoldenCase


@tagged("post_install", "-at_install")
class TestGoldenTour(HttpCase, GoldenCase):
    def test_steward_believes_another_source_and_takes_it_back(self):
        till = self.make_source("Tour Till", 70)
        web = self.make_source("Tour Web", 60)
        jana = self.make_partner("Tour Jana", phone="+420 601 000 001")
        self.say(till, jana, name="Tour Jana", phone="+420 601 000 001")
        self.say(web, jana, name="Tour Jana", phone="+420 602 000 002")
        self.golden._redecide({jana.id: {"phone", "name"}})
        self.start_tour(
            f"/odoo/res.partner/{jana.id}", "crm_extended_golden", login="gol_steward"
        )
        self.assertEqual(jana.phone, "+420 601 000 001")
        self.assertFalse(self.get_row(jana, "phone").pinned)
