from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .segment_common import DAY
from .test_segment_picture import PictureCase


@tagged("post_install", "-at_install")
class TestSegmentPrices(PictureCase):
    """Price rules that hold for customers of a segment."""

    day = fields.Date.to_string(fields.Date.today())

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create(
            {"name": "Strings", "list_price": 100}
        )
        cls.pricelist = cls.env["product.pricelist"].create({"name": "Shop"})
        cls.seller = new_test_user(
            cls.env,
            "t_seller",
            groups="sales_team.group_sale_salesman_all_leads,"
            "product.group_product_pricelist",
        )

    def rule(self, percent, segment=None, **values):
        return self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.pricelist.id,
                "compute_price": "percentage",
                "percent_price": percent,
                "segment_id": segment and segment.id,
                **values,
            }
        )

    def price(self, customer, quantity=1, user=None):
        order = self.env["sale.order"].with_user(user or self.seller)
        order = order.create(
            {
                "partner_id": customer.id,
                "pricelist_id": self.pricelist.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_uom_qty": quantity}
                    )
                ],
            }
        )
        line = order.order_line
        return line.price_unit * (1 - line.discount / 100)

    def test_a_rule_of_a_segment_holds_for_its_customers_only(self):
        self.rule(20, self.one)
        self.assertAlmostEqual(self.price(self.customers[0]), 80)
        self.assertAlmostEqual(self.price(self.customers[9]), 100)

    def test_the_segment_goes_before_everybody_and_before_the_quantity(self):
        self.rule(20, self.one)
        self.rule(5)
        self.rule(30, min_quantity=10)
        self.assertAlmostEqual(self.price(self.customers[0], 10), 80)
        self.assertAlmostEqual(self.price(self.customers[9], 10), 70)
        self.assertAlmostEqual(self.price(self.customers[9]), 95)

    def test_what_is_closer_to_the_product_goes_before_the_segment(self):
        self.rule(20, self.one)
        template = self.product.product_tmpl_id.id
        self.rule(3, applied_on="1_product", product_tmpl_id=template)
        self.assertAlmostEqual(self.price(self.customers[0]), 97)

    def test_of_two_segments_the_first_in_order_decides(self):
        self.rule(20, self.two)
        self.rule(10, self.one)
        self.assertAlmostEqual(self.price(self.customers[4]), 90)  # in both
        self.one.sequence, self.two.sequence = 90, 10
        self.assertAlmostEqual(self.price(self.customers[4]), 80)

    def test_what_another_company_thinks_of_a_customer_changes_no_price(self):
        self.rule(20, self.one)
        self.one.member_ids.company_id = self.env.company
        self.assertAlmostEqual(self.price(self.customers[0]), 80)
        other = self.env["res.company"].create({"name": "Harmonia Abroad"})
        self.one.member_ids.company_id = other
        self.assertAlmostEqual(self.price(self.customers[0]), 100)

    def test_contact_persons_get_the_prices_of_their_company(self):
        self.rule(20, self.one)
        person = self.make_customers(1, parent_id=self.customers[0].id)
        self.assertAlmostEqual(self.price(person), 80)

    def test_the_membership_of_the_day_of_the_price_counts(self):
        self.rule(20, self.one)
        self.one.member_ids.valid_from = "2020-01-01"
        self.one.member_ids.valid_to = "2021-01-01"
        self.assertAlmostEqual(self.price(self.customers[0]), 100)
        rate = self.pricelist._get_product_price(
            self.product, 1, date="2020-06-01", customer=self.customers[0]
        )
        self.assertAlmostEqual(rate, 80)

    def test_a_portal_customer_sees_his_own_prices(self):
        self.rule(20, self.one)
        portal = new_test_user(self.env, "t_portal", groups="base.group_portal")
        self.one.domain = repr([("id", "in", portal.partner_id.ids)])
        self.refresh(self.day, self.one)
        pricelist = self.pricelist.with_user(portal).sudo()
        self.assertAlmostEqual(pricelist._get_product_price(self.product, 1), 80)
        self.assertAlmostEqual(self.pricelist._get_product_price(self.product, 1), 100)

    def test_a_chain_of_price_lists_knows_the_customer_too(self):
        self.rule(20, self.one)
        other = self.env["product.pricelist"].create({"name": "Chained"})
        self.env["product.pricelist.item"].create(
            {
                "pricelist_id": other.id,
                "base": "pricelist",
                "base_pricelist_id": self.pricelist.id,
                "compute_price": "formula",
                "price_discount": 10,
            }
        )
        self.pricelist = other
        self.assertAlmostEqual(self.price(self.customers[0]), 72)

    def test_another_customer_offers_to_update_the_prices(self):
        self.rule(20, self.one)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customers[0].id,
                "pricelist_id": self.pricelist.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        form = order.new(origin=order)
        form._onchange_pricelist_id_show_update_prices()
        self.assertFalse(form.show_update_pricelist)
        form.partner_id = self.customers[9]
        form.pricelist_id = self.pricelist
        form._onchange_pricelist_id_show_update_prices()
        self.assertTrue(form.show_update_pricelist)

    def test_without_such_rules_nothing_is_looked_up(self):
        self.rule(5)
        items = self.env["product.pricelist.item"]
        self.assertFalse(items._knows_segments())
        domain = self.pricelist._get_applicable_rules_domain(self.product, DAY)
        self.assertNotIn("segment_id", str(domain))
        args = {"products": self.product, "quantity": 1, "customer": self.customers[0]}
        self.pricelist._compute_price_rule(**args)
        with self.assertQueryCount(1):
            self.pricelist._compute_price_rule(**args)
        self.rule(20, self.one)
        self.assertTrue(items._knows_segments())
        self.pricelist._compute_price_rule(**args)
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.pricelist._compute_price_rule(**args)


@tagged("post_install", "-at_install")
class TestSegmentMailing(PictureCase):
    """Mailings reach who is in a segment when they are sent."""

    def mailing(self, model="base.model_res_partner", **values):
        return self.env["mailing.mailing"].create(
            {
                "subject": "Concert",
                "mailing_model_id": self.env.ref(model).id,
                "mailing_domain": "[]",
                **values,
            }
        )

    def recipients(self, mailing):
        model = self.env[mailing.mailing_model_real]
        return model.search(mailing._get_recipients_domain())

    def test_recipients_follow_the_segment(self):
        mailing = self.mailing(segment_ids=self.one.ids)
        self.assertEqual(self.recipients(mailing), self.customers[:6])
        self.one.domain = repr([("id", "in", self.customers[:2].ids)])
        self.refresh(DAY, self.one)
        self.assertEqual(self.recipients(mailing), self.customers[:2])

    def test_segments_can_be_left_out_and_the_filter_still_holds(self):
        mailing = self.mailing(
            segment_ids=self.one.ids, segment_except_ids=self.two.ids
        )
        self.assertEqual(self.recipients(mailing), self.customers[:4])
        mailing.mailing_domain = repr([("name", "=", "Tester 0001")])
        self.assertEqual(self.recipients(mailing), self.customers[1])

    def test_leads_are_reached_by_the_segments_of_their_customers(self):
        leads = self.env["crm.lead"].create(
            [{"name": "L", "partner_id": c.id} for c in self.customers[5:7]]
        )
        mailing = self.mailing("crm.model_crm_lead", segment_ids=self.one.ids)
        self.assertEqual(self.recipients(mailing), leads[0])

    def test_a_marketer_without_segments_sends_to_them_all_the_same(self):
        marketer = new_test_user(
            self.env, "t_mail", groups="mass_mailing.group_mass_mailing_user"
        )
        mailing = self.mailing(segment_ids=self.two.ids).with_user(marketer)
        found = self.env["res.partner"].with_user(marketer)
        found = found.search(mailing._get_recipients_domain())
        self.assertEqual(found, self.customers[4:8])

    def test_a_mailing_to_what_has_no_segments_is_refused(self):
        with self.assertRaisesRegex(Exception, "no segments"):
            self.mailing("mass_mailing.model_mailing_contact", segment_ids=self.one.ids)

    def test_a_segment_begins_a_mailing_and_a_text_message(self):
        action = self.two.action_write_mail()
        mailings = self.env["mailing.mailing"].with_context(**action["context"])
        mailing = mailings.create({"subject": "Concert"})
        self.assertEqual(self.recipients(mailing), self.customers[4:8])
        with self.assertRaisesRegex(Exception, "phone number"):
            self.two.action_write_sms()
        self.customers[4].phone = "+420601112233"
        action = self.two.action_write_sms()
        self.assertEqual(
            action["context"]["default_res_ids"], str(self.customers[4].ids)
        )


@tagged("post_install", "-at_install")
class TestSegmentDocuments(PictureCase):
    def test_documents_are_found_and_grouped_by_segments(self):
        for model, values in (
            ("account.move", {"move_type": "out_invoice"}),
            ("crm.interaction", {"channel": "call"}),
            ("crm.purchase", {"amount": 10, "date": DAY}),
            ("crm.lead", {"name": "Lead"}),
            ("sale.order", {}),
        ):
            with self.subTest(model=model):
                records = self.env[model].create(
                    [{**values, "partner_id": c.id} for c in self.customers]
                )
                mine = [("id", "in", records.ids)]
                found = records.search(
                    [*mine, ("partner_segment_ids", "in", self.two.ids)]
                )
                self.assertEqual(found.partner_id, self.customers[4:8])
                groups = records._read_group(mine, ["partner_segment_ids"], ["__count"])
                counts = {segment.name: count for segment, count in groups}
                self.assertEqual(counts, {"One": 6, "Two": 4, "Three": 2, False: 1})
