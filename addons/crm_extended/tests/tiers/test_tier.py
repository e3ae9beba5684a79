from datetime import date, timedelta

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ...tiers.step import step
from .tier_common import DAY, TierCase


@tagged("post_install", "-at_install")
class TestTier(TierCase):
    def test_everyone_of_the_audience_begins_at_the_level_that_fits(self):
        self.buy(self.ben, 600)
        stranger = self.env["res.partner"].create({"name": "No card"})
        self.buy(stranger, 5000)
        found = self.evaluate()
        self.assertEqual(self.on(self.ann), self.bronze)
        self.assertEqual(self.on(self.ben), self.silver)
        self.assertFalse(self.on(stranger))
        self.assertEqual(found["joined"], 3)

    def test_all_rules_of_a_level_must_hold_or_any_of_them(self):
        self.buy(self.ann, 1500)
        self.evaluate()
        self.assertEqual(self.on(self.ann), self.silver, "one purchase is not two")
        self.gold.match = "any"
        self.evaluate()
        self.assertEqual(self.on(self.ann), self.gold)

    def test_evaluating_twice_changes_nothing(self):
        self.buy(self.ann, 600)
        self.evaluate()
        before = self.stay(self.ann)
        found = self.evaluate()
        self.assertEqual(self.stay(self.ann), before)
        self.assertFalse(found["moves"])

    def test_a_promotion_comes_at_once_and_keeps_history(self):
        self.evaluate()
        self.buy(self.ann, 600, DAY + timedelta(days=1))
        self.evaluate(DAY + timedelta(days=1), partners=self.ann)
        stay = self.stay(self.ann)
        self.assertEqual(stay.previous_level_id, self.bronze)
        self.assertEqual((stay.code, stay.valid_from), ("promoted", date(2026, 3, 11)))
        self.assertIn("600", stay.reason)
        past = self.env["crm.loyalty.tier.member"].search(
            [("partner_id", "=", self.ann.id), ("as_of", "=", DAY)]
        )
        self.assertEqual(past.level_id, self.bronze)

    def test_two_steps_on_one_day_are_one(self):
        self.evaluate()
        self.buy(self.ann, 600)
        self.evaluate()
        self.buy(self.ann, 600, date(2026, 2, 1))
        self.evaluate()
        stays = self.env["crm.loyalty.tier.member"].search(
            [("partner_id", "=", self.ann.id)]
        )
        self.assertEqual(len(stays), 1)
        self.assertEqual(stays.level_id, self.gold)

    def test_a_level_is_kept_to_its_day_and_the_grace_then_lost_softly(self):
        self.buy(self.ann, 600, date(2026, 2, 1))
        self.buy(self.ann, 600)
        self.evaluate()
        self.assertEqual(self.stay(self.ann).keep_until, date(2027, 12, 31))
        self.evaluate(date(2028, 1, 10))
        self.assertEqual(self.on(self.ann), self.gold, "grace of ten days")
        found = self.evaluate(date(2028, 1, 11))
        self.assertEqual(self.on(self.ann), self.silver, "one level down only")
        self.assertEqual(self.stay(self.ann).code, "landed")
        self.assertEqual(self.stay(self.ann).keep_until, date(2029, 12, 31))
        self.assertEqual(found["lowered"], 1)
        self.evaluate(date(2030, 1, 11))
        self.assertEqual(self.on(self.ann), self.bronze)
        self.assertFalse(self.stay(self.ann).keep_until, "nothing below to fall to")

    def test_without_soft_landing_the_fall_is_deep(self):
        self.tier.soft_landing = False
        self.buy(self.ann, 600, date(2026, 2, 1))
        self.buy(self.ann, 600)
        self.evaluate()
        self.evaluate(date(2028, 1, 11))
        self.assertEqual(self.on(self.ann), self.bronze)

    def test_who_qualifies_again_keeps_the_level_longer(self):
        self.buy(self.ann, 600)
        self.evaluate()
        self.buy(self.ann, 600, date(2027, 5, 1))
        self.evaluate(date(2027, 5, 1))
        self.assertEqual(self.on(self.ann), self.silver)
        self.assertEqual(self.stay(self.ann).keep_until, date(2028, 12, 31))

    def test_a_return_is_taken_off(self):
        self.buy(self.ann, 600)
        self.buy(self.ann, -200)
        self.evaluate()
        self.assertEqual(self.on(self.ann), self.bronze)

    def test_purchases_before_the_period_do_not_count(self):
        self.buy(self.ann, 600, date(2025, 12, 31))
        self.evaluate()
        self.assertEqual(self.on(self.ann), self.bronze)
        self.silver.rule_ids.span = "ever"
        self.evaluate()
        self.assertEqual(self.on(self.ann), self.silver)

    def test_orders_and_invoices_count_once_and_refunds_are_taken_off(self):
        self.assertEqual(self.measure("spend"), 0)
        product = self.env["product.product"].create(
            {"name": "Cello", "list_price": 700, "invoice_policy": "order"}
        )
        product.taxes_id = False
        order = self.env["sale.order"].create(
            {
                "partner_id": self.ann.id,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )
        order.action_confirm()
        order.date_order = DAY
        self.assertEqual(self.measure("spend"), 700)
        invoice = order._create_invoices()
        invoice.invoice_date = DAY
        invoice.action_post()
        self.assertEqual(self.measure("spend"), 700, "not ordered and invoiced")
        self.assertEqual(self.measure("orders"), 1)
        refund = invoice._reverse_moves([{"invoice_date": DAY, "date": DAY}])
        refund.action_post()
        self.assertEqual(self.measure("spend"), 0)
        alone = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.ann.id,
                "invoice_date": DAY,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Strings", "price_unit": 40, "tax_ids": False}
                    )
                ],
            }
        )
        alone.action_post()
        self.assertEqual(self.measure("spend"), 40)
        self.assertEqual(self.measure("orders"), 2)

    def measure(self, kind):
        rule = self.env["crm.loyalty.tier.rule"].new({"kind": kind, "span": "period"})
        scope = self.tier._get_scope(DAY, (self.ann.id,))
        self.env.flush_all()
        rows = self.env.execute_query(rule._get_measure(scope))
        return float(dict(rows).get(self.ann.id, 0))

    def test_purchases_of_a_contact_count_for_its_company(self):
        child = self.env["res.partner"].create(
            {"name": "Clerk", "parent_id": self.ann.id}
        )
        self.ann.is_company = True
        self.buy(child, 600)
        self.evaluate()
        self.assertEqual(self.on(self.ann), self.silver)
        self.assertEqual(child.loyalty_tier_id, self.silver)

    def test_points_earned_count_and_spending_them_costs_no_level(self):
        self.silver.rule_ids = [
            Command.clear(),
            Command.create({"kind": "points", "minimum": 100}),
        ]
        card = self.env["loyalty.card"].search(
            [("partner_id", "=", self.ann.id), ("program_id", "=", self.program.id)]
        )
        card._earn_points(150, "h3-test-1", reason="Bought")
        card._spend_points(120, "h3-test-2", reason="Redeemed")
        today = fields.Date.context_today(self.tier)
        self.evaluate(today)
        self.assertEqual(self.on(self.ann), self.silver)
        self.assertEqual(self.on(self.ben), self.bronze)

    def test_tenure_and_segment_are_rules(self):
        segment = self.env["crm.segment"].create(
            {"name": "Chosen", "domain": str([("id", "=", self.ben.id)])}
        )
        self.env["crm.segment"]._refresh(segment)
        self.silver.rule_ids = [
            Command.clear(),
            Command.create({"kind": "tenure", "minimum": 24}),
            Command.create({"kind": "segment", "segment_id": segment.id}),
        ]
        self.silver.match = "any"
        today = fields.Date.context_today(self.tier)
        self.buy(self.ann, 10, fields.Date.subtract(today, months=25))
        self.evaluate(today)
        self.assertEqual(self.on(self.ann), self.silver)
        self.assertEqual(self.on(self.ben), self.silver)
        self.assertEqual(self.on(self.cyd), self.bronze)

    def test_who_leaves_the_audience_leaves_the_ladder(self):
        self.evaluate()
        self.env["loyalty.card"].search(
            [("partner_id", "=", self.ann.id)]
        ).active = False
        found = self.evaluate(DAY + timedelta(days=1))
        self.assertFalse(self.on(self.ann))
        self.assertEqual(found["left"], 1)

    def test_members_of_an_archived_level_move_to_what_fits(self):
        self.buy(self.ann, 600)
        self.evaluate()
        self.silver.active = False
        self.evaluate(DAY + timedelta(days=1))
        self.assertEqual(self.on(self.ann), self.bronze)
        self.assertEqual(self.stay(self.ann).code, "lowered")

    def test_a_day_before_known_changes_is_refused(self):
        self.evaluate()
        with self.assertRaisesRegex(UserError, "known already"):
            self.evaluate(DAY - timedelta(days=1))

    def test_every_step_is_that_of_the_pure_rules(self):
        """All states of a member, by SQL and by `tiers.step`."""
        days = (date(2027, 12, 30), date(2028, 1, 10), date(2028, 1, 11))
        amounts = {1: 0, 2: 600, 3: 1200}
        levels = dict(enumerate(self.tier.level_ids, start=1))
        members = self.env["crm.loyalty.tier.member"]
        for soft in (True, False):
            self.tier.soft_landing = soft
            for rank in (1, 2, 3):
                for fits in (1, 2, 3):
                    for day in days:
                        with self.subTest(soft=soft, rank=rank, fits=fits, day=day):
                            members.search([("tier_id", "=", self.tier.id)]).unlink()
                            self.env["crm.purchase"].search(
                                [("partner_id", "=", self.ann.id)]
                            ).unlink()
                            keep = date(2027, 12, 31) if rank > 1 else None
                            members.create(
                                {
                                    "tier_id": self.tier.id,
                                    "partner_id": self.ann.id,
                                    "level_id": levels[rank].id,
                                    "company_id": self.company.id,
                                    "valid_from": DAY,
                                    "keep_until": keep,
                                    "code": "joined",
                                }
                            )
                            for part in range(2):
                                self.buy(
                                    self.ann,
                                    amounts[fits] / 2,
                                    day - timedelta(days=part),
                                )
                            self.evaluate(day, partners=self.ann)
                            expected = step(
                                rank, fits, keep, day, soft=soft, grace_days=10
                            )
                            self.assertEqual(self.on(self.ann), levels[expected.rank])

    def test_a_rule_that_asks_for_nothing_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "asks for"):
            self.silver.rule_ids = [Command.create({"kind": "orders", "minimum": 0})]
        with self.assertRaisesRegex(ValidationError, "programme"):
            self.tier.program_id = False

    def test_levels_with_members_are_archived_not_deleted(self):
        self.evaluate()
        with self.assertRaisesRegex(UserError, "Archive"):
            self.bronze.unlink()
        with self.assertRaisesRegex(UserError, "Archive"):
            self.tier.unlink()

    # ------------------------------------------------------------------ the rest

    def test_a_preview_shows_the_moves_and_moves_nobody(self):
        self.buy(self.ben, 600)
        run = self.env["crm.loyalty.tier.run"].create(
            {"tier_id": self.tier.id, "is_preview": True, "on_date": DAY}
        )
        run._run()
        self.assertEqual(run.state, "done", run.error)
        self.assertFalse(self.on(self.ben))
        moves = {line.next_level_id: line.count for line in run.line_ids}
        self.assertEqual(moves, {self.bronze: 2, self.silver: 1})
        line = run.line_ids.filtered(lambda row: row.next_level_id == self.silver)
        self.assertEqual(line.partner_ids, self.ben)

    def test_the_customer_shows_and_is_found_by_the_level(self):
        self.buy(self.ben, 600)
        self.evaluate()
        partners = self.env["res.partner"].with_user(self.user)
        both = partners.browse((self.ann + self.ben).ids)
        self.assertEqual(both.mapped("loyalty_tier_id"), self.bronze + self.silver)
        find = partners.search
        self.assertEqual(find([("loyalty_tier_id", "=", self.silver.id)]), self.ben)
        self.assertIn(self.ben, find([("loyalty_tier_id", "ilike", "silver")]))
        self.assertNotIn(self.ann, find([("loyalty_tier_id", "=", False)]))
        self.assertIn(self.ann, find([("loyalty_tier_id", "!=", self.silver.id)]))
        groups = partners._read_group(
            [("id", "in", both.ids)], ["loyalty_tier_ids"], ["__count"]
        )
        self.assertEqual(dict(groups), {self.bronze: 1, self.silver: 1})

    def test_progress_tells_what_is_missing(self):
        today = fields.Date.context_today(self.tier)
        self.buy(self.ann, 300, today)
        self.evaluate(today)
        way = self.tier._get_progress(self.ann + self.ben)
        self.assertAlmostEqual(way[self.ann.id]["share"], 0.6)
        self.assertEqual(way[self.ann.id]["next_level_id"], self.silver.id)
        self.assertRegex(way[self.ann.id]["text"], "To Silver: .*200.00.* more")
        self.assertEqual(way[self.ben.id]["share"], 0)
        self.assertEqual(self.stay(self.ann).progress, 60)

    def test_one_query_tells_the_progress_of_many(self):
        self.evaluate(fields.Date.context_today(self.tier))
        stays = self.env["crm.loyalty.tier.member"].search(
            [("tier_id", "=", self.tier.id)]
        )
        self.assertEqual(len(stays), 3)
        stays.mapped("progress")
        with self.assertQueryCount(8):
            stays.invalidate_recordset()
            self.env["crm.loyalty.tier.rule"].invalidate_model()
            stays.mapped("progress")

    def test_a_level_has_a_segment_that_policies_act_on(self):
        self.buy(self.ben, 600)
        self.evaluate()
        action = self.silver.action_make_segment()
        segment = self.env["crm.segment"].browse(action["res_id"])
        self.env["crm.segment"]._refresh(segment)
        self.assertEqual(segment.member_ids.partner_id, self.ben)
        self.assertEqual(self.silver.action_make_segment()["res_id"], segment.id)

    def test_a_level_is_granted_until_a_day(self):
        self.evaluate()
        wizard = self.env["crm.loyalty.tier.grant"].with_user(self.manager)
        today = fields.Date.context_today(self.tier)
        for partners in (self.ann + self.cyd, self.ann):
            wizard.create(
                {
                    "level_id": self.gold.id,
                    "partner_ids": [Command.set(partners.ids)],
                    "keep_until": fields.Date.add(today, months=6),
                    "reason": "Apology",
                }
            ).action_grant()
        self.assertEqual(self.on(self.ann), self.gold)
        self.assertEqual(self.stay(self.ann).reason, "Apology")
        self.evaluate(today)
        self.assertEqual(self.on(self.ann), self.gold, "not taken before its day")
        self.evaluate(fields.Date.add(today, months=7))
        self.assertEqual(self.on(self.ann), self.silver)

    def test_buying_raises_the_level_from_the_change_feed(self):
        self.tier.with_user(self.manager).action_start()
        today = fields.Date.context_today(self.tier)
        self.evaluate(today)
        self.assertEqual(self.on(self.ann), self.bronze)
        self.buy(self.ann, 800, today)
        self.env["crm.loyalty.tier"]._cron_evaluate_touched()
        self.assertEqual(self.on(self.ann), self.silver)

    def test_a_promotion_brings_one_gift_a_mail_and_free_delivery(self):
        gifts = self.coupons("Gift")
        delivery = self.coupons("Free delivery")
        self.silver.write(
            {
                "gift_program_id": gifts.id,
                "gift_points": 1,
                "delivery_program_id": delivery.id,
                "promotion_template_id": self.env.ref(
                    "crm_extended.mail_template_tier_promotion"
                ).id,
            }
        )
        self.buy(self.ann, 600)
        self.tier.state = "running"
        mails = self.env["mail.mail"].search([])
        for day in (DAY, DAY + timedelta(days=1)):
            self.env["crm.loyalty.tier.run"].create(
                {"tier_id": self.tier.id, "on_date": day}
            )._run()
        self.assertEqual(len(gifts.coupon_ids), 1)
        self.assertEqual(gifts.coupon_ids.partner_id, self.ann)
        self.assertEqual(delivery.coupon_ids.partner_id, self.ann)
        sent = self.env["mail.mail"].search([]) - mails
        self.assertEqual(sent.recipient_ids, self.ann)
        self.assertIn(gifts.coupon_ids.code, sent.body_html)
        self.evaluate(date(2028, 1, 11))
        self.tier._sync_delivery()
        self.assertFalse(delivery.coupon_ids, "free delivery ends with the level")

    def test_the_first_evaluation_of_a_started_ladder_is_quiet(self):
        gifts = self.coupons("Gift")
        self.silver.gift_program_id = gifts
        self.buy(self.ann, 600, fields.Date.context_today(self.tier))
        action = self.tier.with_user(self.manager).action_start()
        self.env["crm.loyalty.tier.run"].browse(action["res_id"])._run()
        self.assertEqual(self.on(self.ann), self.silver)
        self.assertFalse(gifts.coupon_ids)

    def test_who_is_about_to_lose_a_level_is_told_once_if_that_is_allowed(self):
        self.buy(self.ann, 600)
        self.buy(self.ben, 600)
        self.evaluate()
        self.tier.purpose_id = self.env.ref("crm_extended.consent_purpose_news")
        self.env["crm.consent"].create(
            {
                "partner_id": self.ann.id,
                "purpose_id": self.tier.purpose_id.id,
                "answer": "given",
            }
        )
        mails = self.env["mail.mail"].search([])
        self.assertEqual(self.tier._give_notice(date(2027, 12, 1)), 0, "too early")
        self.assertEqual(self.tier._give_notice(date(2027, 12, 20)), 1)
        self.assertEqual(self.tier._give_notice(date(2027, 12, 21)), 0, "told already")
        sent = self.env["mail.mail"].search([]) - mails
        self.assertEqual(sent.recipient_ids, self.ann)
        self.assertEqual(self.stay(self.ann).notice, "sent")
        self.assertEqual(self.stay(self.ben).notice, "refused")

    def test_the_pyramid_counts_levels_and_moves(self):
        today = fields.Date.context_today(self.tier)
        self.buy(self.ben, 600, today)
        self.evaluate(today)
        data = (
            self.env["crm.loyalty.tier"].with_user(self.user).read_pyramid(self.tier.id)
        )
        self.assertEqual(
            [(level["name"], level["count"]) for level in data["levels"]],
            [("Gold", 0), ("Silver", 1), ("Bronze", 2)],
        )
        self.assertEqual(data["months"][-1]["sizes"], [0, 1, 2])
        self.assertEqual(data["months"][-1]["joined"], 3)
        self.assertEqual(data["months"][-2]["sizes"], [0, 0, 0])
        for wrong in (0, -1, 2**31, 2**63, "1", None, [self.tier.id], True):
            with self.subTest(wrong=wrong), self.assertRaises(UserError):
                self.env["crm.loyalty.tier"].read_pyramid(wrong)
