from odoo import Command
from odoo.tests import tagged

from .page_common import PASSWORD, CustomerPageCase


@tagged("post_install", "-at_install")
class TestCustomerPage(CustomerPageCase):
    def setUp(self):
        super().setUp()
        self.authenticate("petra_page", PASSWORD)

    def test_the_customer_finds_the_page_and_all_that_is_his(self):
        home = self.url_open("/my/home").text
        self.assertIn('href="/my/customer"', home)
        text = self.open()
        for words in ("Words to Petra_Page", "Zq Bow", "Zq Club", "70", "expire on"):
            self.assertIn(words, text)
        self.assertIn("missing", text)  # 30 of the 100 points of the reward
        self.assertNotIn("Words to Olga_Page", text)

    def test_a_reward_comes_within_reach(self):
        self.card._earn_points(30, "page-more", reason="Test")
        self.assertIn("Within reach", self.open())

    def test_prices_are_those_of_the_customers_price_list(self):
        self.petra.property_product_pricelist = self.env["product.pricelist"].create(
            {
                "name": "Zq Prices",
                "currency_id": self.env.company.currency_id.id,
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "3_global",
                            "compute_price": "fixed",
                            "fixed_price": 123.45,
                        }
                    )
                ],
            }
        )
        text = self.open("/prices?search=zq-1")
        self.assertIn("Zq Bow", text)
        self.assertIn("123.45", text)
        self.assertIn("Zq Prices", text)
        self.bow.sale_ok = False
        self.assertIn("No product is called so.", self.open("/prices?search=zq-1"))

    def test_asking_makes_one_quotation_and_tells_the_salesperson(self):
        text = self.post(f"/offer/{self.offer.id}", answer="yes")
        self.assertIn("The quotation is being prepared", text)
        order = self.offer.order_id
        self.assertEqual((order.partner_id, order.state), (self.petra, "draft"))
        self.assertEqual(self.offer.state, "quoted")
        self.assertEqual(self.offer.activity_ids.user_id, self.offer.user_id)
        self.post(f"/offer/{self.offer.id}", 404, answer="yes")  # sent again
        orders = self.env["sale.order"].search([("crm_offer_id", "=", self.offer.id)])
        self.assertEqual(orders, order)

    def test_no_is_noted_with_its_reason(self):
        self.post(f"/offer/{self.offer.id}", answer="no", reason="Too dear")
        self.assertEqual(self.offer.state, "refused")
        self.assertEqual(self.offer.refusal, "Too dear")
        self.assertNotIn("Words to Petra_Page", self.open())

    def test_agreeing_and_withdrawing_are_two_answers_to_the_text_shown(self):
        self.assertIn("May we write to you?", self.open("/consents"))
        self.answer("yes")
        self.answer("yes")  # says nothing new
        [given] = self.get_answers()
        self.assertEqual(given.wording_id, self.purpose.wording_id)
        self.assertEqual((given.partner_id, given.origin), (self.petra, "person"))
        self.assertEqual((given.answer, bool(given.ip)), ("given", True))
        self.answer("no")
        self.assertEqual(
            set(self.get_answers().mapped("answer")), {"given", "withdrawn"}
        )

    def test_where_a_second_step_is_asked_a_click_is_not_enough(self):
        self.purpose.double_opt_in = True
        self.assertIn("Not confirmed yet", self.answer("yes"))
        self.assertEqual(self.get_answers().answer, "asked")

    def test_the_preferred_channel_is_kept_in_the_profile(self):
        attribute = self.env.ref("crm_extended.attribute_preferred_channel")
        choice = attribute.choice_ids[:1]
        self.post("/consents", choice=choice.id)
        values = self.petra.attribute_value_ids
        mine = values.filtered(lambda v: v.attribute_id == attribute)
        self.assertEqual(mine.choice_id, choice)
        self.post("/consents", choice=0)
        self.petra.invalidate_recordset()
        values = self.petra.attribute_value_ids
        self.assertFalse(values.filtered(lambda v: v.attribute_id == attribute))

    def test_a_correction_waits_for_a_decision(self):
        self.petra.city = "Brno"
        text = self.post("/data", city="Praha", name=self.petra.name)
        self.assertIn("Your correction waits for us", text)
        self.assertEqual(self.petra.city, "Brno")
        [record] = self.get_corrections()
        self.assertEqual((record.partner_id, record.proposal), (self.petra, "open"))
        record.action_take()
        self.assertEqual(self.petra.city, "Praha")

    def test_the_statement_is_of_the_own_card(self):
        dates = {"date_from": "2026-01-01", "date_to": "2036-12-31"}
        text = self.post(f"/statement/{self.card.id}", **dates)
        self.assertIn("Zq Club", text)

    def test_more_rows_need_no_more_queries(self):
        env = self.env(user=self.petra_user)
        page = env["crm.customer.page"]

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            page._get_overview(env.user)
            page._get_prices(env.user, "Zq")
            return self.env.cr.sql_log_count - before

        count()
        once = count()
        for number in range(5):
            self.card._earn_points(1, f"page-row-{number}", reason="Test")
            self.bow.copy({"name": f"Zq Bow {number}"})
            self.env["sale.order"].create(
                {
                    "partner_id": self.petra.id,
                    "order_line": [Command.create({"product_id": self.bow.id})],
                }
            ).action_confirm()
        self.env.flush_all()
        self.assertLessEqual(count(), once + 2)

    def test_the_link_is_made_when_asked_for(self):
        self.assertFalse(self.petra.referral_code_ids)
        program = self.env["crm.referral.program"]._get_current()
        self.post("/link", 303)
        self.assertEqual(len(self.petra.referral_code_ids), 1 if program else 0)
