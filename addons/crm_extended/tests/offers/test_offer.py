from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .offer_common import OfferCase


@tagged("post_install", "-at_install")
class TestOffer(OfferCase):
    def test_what_is_bought_again_and_again_is_proposed_when_it_is_due(self):
        self.buy(self.anna, self.strings, 95, 65, 35)  # every 30 days
        self.buy(self.ben, self.strings, 65, 35, 5)  # had it five days ago
        self.assertEqual(self.products(self.anna), [self.strings.id])
        self.assertEqual(self.products(self.ben), [])
        [line] = self.suggest(self.anna)[self.anna.id]
        self.assertIn("every 30 days", line["reason"])

    def test_a_habit_that_is_over_is_not_due(self):
        self.buy(self.anna, self.strings, 400, 370, 340)
        self.assertEqual(self.products(self.anna), [])

    def test_twice_is_no_habit(self):
        self.buy(self.anna, self.strings, 60, 30)
        self.assertEqual(self.products(self.anna), [])

    def test_a_need_comes_before_a_hint_and_becomes_offered(self):
        self.buy(self.anna, self.bow, 20)
        self.env["crm.offer.hint"].create(
            {
                "bought_id": self.bow.id,
                "offered_id": self.stand.id,
                "confidence": 40,
                "words": "goes with a bow",
            }
        )
        need = self.env["crm.need"].create(
            {
                "name": "A piano at last",
                "partner_id": self.anna.id,
                "product_id": self.piano.id,
                "priority": "3",
            }
        )
        offer = self.offers._propose(self.anna, self.env.company)
        self.assertEqual(offer.line_ids.product_id, self.piano | self.stand)
        self.assertEqual(
            offer.line_ids.mapped("source"), ["need", "hint"], "the surer one first"
        )
        self.assertEqual(
            offer.line_ids.mapped("reason"), ["A piano at last", "goes with a bow"]
        )
        self.assertEqual(need.state, "offered")

    def test_what_a_customer_has_is_not_hinted_at(self):
        self.buy(self.anna, self.bow, 20)
        self.buy(self.anna, self.stand, 10)
        self.env["crm.offer.hint"].create(
            {"bought_id": self.bow.id, "offered_id": self.stand.id}
        )
        self.assertEqual(self.products(self.anna), [])

    def test_a_hint_ends_with_its_days(self):
        self.buy(self.anna, self.bow, 20)
        hint = self.env["crm.offer.hint"].create(
            {"bought_id": self.bow.id, "offered_id": self.stand.id, "within_days": 30}
        )
        self.assertEqual(self.products(self.anna), [self.stand.id])
        hint.within_days = 10
        self.assertEqual(self.products(self.anna), [])

    def test_nothing_out_of_sale_or_refused_lately_is_proposed(self):
        self.buy(self.anna, self.strings, 95, 65, 35)
        self.strings.sale_ok = False
        self.assertEqual(self.products(self.anna), [])
        self.strings.sale_ok = True
        offer = self.offers._propose(self.anna, self.env.company)
        self.assertEqual(self.products(self.anna), [], "it is on an open offer")
        offer.action_refuse()
        self.assertEqual(self.products(self.anna), [], "refused today")
        offer.sudo().decided_on = self.today - timedelta(days=100)
        self.assertEqual(self.products(self.anna), [self.strings.id])

    def test_what_is_on_a_quotation_is_not_proposed(self):
        self.buy(self.anna, self.strings, 95, 65, 35)
        self.env["sale.order"].create(
            {
                "partner_id": self.anna.id,
                "order_line": [(0, 0, {"product_id": self.strings.id})],
            }
        )
        self.assertEqual(self.products(self.anna), [])

    def test_one_click_makes_one_quotation_with_what_was_chosen(self):
        offer = self.offers.create(
            {
                "partner_id": self.anna.id,
                "discount": 10,
                "line_ids": [
                    (0, 0, {"product_id": self.strings.id, "quantity": 3}),
                    (0, 0, {"product_id": self.bow.id, "is_chosen": False}),
                ],
            }
        )
        action = offer.action_make_quotation()
        order = self.env["sale.order"].browse(action["res_id"])
        self.assertEqual(order.order_line.product_id, self.strings)
        self.assertEqual(order.order_line.product_uom_qty, 3)
        self.assertEqual(order.order_line.discount, 10)
        self.assertEqual(order.amount_untaxed, 54)
        self.assertEqual(offer.state, "quoted")
        self.assertEqual(offer.action_make_quotation()["res_id"], order.id)

    def test_prices_are_those_of_the_customers_list(self):
        self.env.user.group_ids += self.env.ref("product.group_product_pricelist")
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Half",
                "item_ids": [
                    (
                        0,
                        0,
                        {
                            "applied_on": "3_global",
                            "compute_price": "percentage",
                            "percent_price": 50,
                        },
                    )
                ],
            }
        )
        self.anna.specific_property_product_pricelist = pricelist
        offer = self.offers.create(
            {
                "partner_id": self.anna.id,
                "discount": 10,
                "line_ids": [(0, 0, {"product_id": self.bow.id})],
            }
        )
        self.assertEqual(offer.pricelist_id, pricelist)
        self.assertEqual(offer.line_ids.price_unit, 90)

    def test_a_confirmed_quotation_is_an_accepted_offer_and_a_met_need(self):
        need = self.env["crm.need"].create(
            {"name": "A bow", "partner_id": self.anna.id, "product_id": self.bow.id}
        )
        offer = self.offers._propose(self.anna, self.env.company)
        offer.line_ids = [(0, 0, {"product_id": self.stand.id, "is_chosen": False})]
        order = offer._make_quotation()
        order.action_confirm()
        self.assertEqual(offer.state, "accepted")
        self.assertEqual(offer.decided_on, self.today)
        bought = offer.line_ids.filtered("is_bought").product_id
        self.assertEqual(bought, self.bow)
        self.assertEqual(need.state, "met")

    def test_a_cancelled_quotation_is_a_refused_offer(self):
        self.buy(self.anna, self.strings, 95, 65, 35)
        offer = self.offers._propose(self.anna, self.env.company)
        offer._make_quotation()._action_cancel()
        self.assertEqual(offer.state, "refused")

    def test_an_offer_ends_with_its_last_day(self):
        offer = self.offers.create(
            {
                "partner_id": self.anna.id,
                "valid_until": self.today - timedelta(days=1),
                "line_ids": [(0, 0, {"product_id": self.bow.id})],
            }
        )
        with self.assertRaisesRegex(UserError, "no longer valid"):
            offer.action_make_quotation()
        self.offers._cron_expire()
        self.assertEqual(offer.state, "expired")

    def test_an_offer_without_products_is_no_quotation(self):
        offer = self.offers.create({"partner_id": self.anna.id})
        with self.assertRaisesRegex(UserError, "at least one product"):
            offer.action_make_quotation()

    def test_looking_again_keeps_what_a_person_entered(self):
        offer = self.offers.create(
            {
                "partner_id": self.anna.id,
                "line_ids": [(0, 0, {"product_id": self.piano.id})],
            }
        )
        self.buy(self.anna, self.strings, 95, 65, 35)
        offer.action_propose_again()
        self.assertEqual(offer.line_ids.product_id, self.piano | self.strings)
        offer.action_propose_again()
        self.assertEqual(len(offer.line_ids), 2)

    def test_the_button_says_what_would_speak_for_a_product(self):
        with self.assertRaisesRegex(UserError, "Note a need"):
            self.ben.action_propose_offer()

    def test_a_contact_is_offered_what_the_company_buys(self):
        shop = self.env["res.partner"].create({"name": "School", "is_company": True})
        contact = self.env["res.partner"].create(
            {"name": "Teacher", "parent_id": shop.id}
        )
        self.buy(shop, self.strings, 95, 65, 35)
        offer = self.offers._propose(contact, self.env.company)
        self.assertEqual(offer.partner_id, contact)
        self.assertEqual(offer.line_ids.product_id, self.strings)

    def test_many_customers_cost_as_many_queries_as_one(self):
        people = self.env["res.partner"].create(
            [{"name": f"Many {n}"} for n in range(40)]
        )
        for one in people:
            self.buy(one, self.strings, 95, 65, 35)
        self.suggest(people[0])
        self.env.invalidate_all()
        counts = []
        for some in (people[:1], people):
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.suggest(some)), len(some))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)
