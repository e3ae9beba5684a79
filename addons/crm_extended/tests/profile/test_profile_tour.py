from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestProfileTour(HttpCase):
    def test_marketing_adds_an_attribute_fills_it_in_and_filters_by_it(self):
        musician, _listener = self.env["res.partner"].create(
            [{"name": "Aaa Tour Musician"}, {"name": "Aab Tour Listener"}]
        )
        new_test_user(
            self.env, "tour_marketing", groups="crm_extended.group_customer_manager"
        )
        self.start_tour("/odoo", "crm_extended_profile", login="tour_marketing")
        [row] = musician.attribute_value_ids
        self.assertEqual((row.code, row.shown), ("tour_instrument", "Hurdy-gurdy"))
        self.assertTrue(row.attribute_id.axis)

    def test_steward_mends_what_is_next(self):
        self.env["crm.quality.fault"].search([]).unlink()
        customer = self.env["res.partner"].create(
            {
                "name": "Aaa Tour Slip",
                "email": "aaa@gmial.com",
                "phone": "123",
                "country_id": self.env.ref("base.cz").id,
            }
        )
        self.env["crm.quality.score"]._assess(customer.ids)
        new_test_user(self.env, "tour_steward", groups="crm_extended.group_steward")
        self.start_tour("/odoo/fix-next", "crm_extended_fix_next", login="tour_steward")
        self.assertEqual(customer.email, "aaa@gmail.com")
        self.assertEqual(customer.phone, "+420601112233")
