from odoo.tests import HttpCase, tagged

from .review_common import ReviewCase


@tagged("post_install", "-at_install")
class TestReviewTour(HttpCase, ReviewCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.match"].sudo().search([]).unlink()
        cls.jan = cls.make_cluster("Tour Jan", 3, weight=20)
        cls.eva = cls.make_cluster("Tour Eva", 2, weight=15)
        cls.petr = cls.make_cluster("Tour Petr", 2, weight=12)
        cls.iva = cls.make_cluster("Tour Iva", 2, weight=10)

    def test_steward_decides_three_clusters_by_keyboard_and_undoes_one(self):
        self.start_tour(
            "/odoo/review-duplicates", "crm_extended_review", login="review_steward"
        )
        self.env.invalidate_all()
        self.assertEqual(self.jan.mapped("active"), [True, False, True])
        self.assertEqual(self.jan[0].phone, "+420 601 000 001", "chosen by hand")
        self.assertEqual(self.matches(self.eva).state, "distinct")
        self.assertEqual(self.matches(self.petr).state, "merged")
        self.assertEqual(self.matches(self.iva).state, "pending")
        decisions = self.env["crm.review.decision"].search(
            [("user_id", "=", self.steward.id)]
        )
        self.assertEqual(
            decisions.mapped("state"),
            ["later", "merged", "later", "distinct", "merged"],
        )
        self.assertTrue(decisions[2].undone_at)
