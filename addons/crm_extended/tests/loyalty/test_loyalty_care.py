from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .test_loyalty_sale import SaleCase


@tagged("post_install", "-at_install")
class TestLoyaltyCare(SaleCase):
    """Corrections, transfers, pools, checks, expiry: what people do about points."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "crm_extended.group_loyalty_user,sales_team.group_sale_salesman"
        cls.clerk = new_test_user(cls.env, "care-clerk", groups)
        groups = "crm_extended.group_loyalty_manager,sales_team.group_sale_manager"
        cls.chief = new_test_user(cls.env, "care-chief", groups)
        cls.other = new_test_user(cls.env, "care-other", groups)
        cls.program.correction_limit = 100

    def correct(self, points, user=None):
        corrections = self.env["crm.loyalty.correction"].with_user(user or self.clerk)
        correction = corrections.create(
            {"card_id": self.card.id, "points": points, "reason": "Goodwill"}
        )
        correction.action_request()
        return correction

    # ------------------------------------------------------------------ corrections

    def test_a_small_correction_is_posted_with_its_reason(self):
        correction = self.correct(40)
        self.assertEqual((correction.state, self.card.points), ("done", 40.0))
        [entry] = self.card.entry_ids
        self.assertEqual(
            (entry.flow, entry.reason, entry.user_id),
            ("correction", "Goodwill", self.clerk),
        )
        correction.action_request()
        self.assertEqual(self.card.points, 40)
        with self.assertRaises(UserError):
            correction.points = 90
        with self.assertRaises(UserError):
            correction.unlink()

    def test_a_big_one_waits_for_another_person(self):
        correction = self.correct(500, self.chief)
        self.assertEqual((correction.state, self.card.points), ("waiting", 0.0))
        with self.assertRaises(UserError):
            correction.action_approve()
        with self.assertRaises(AccessError):
            correction.with_user(self.clerk).action_approve()
        with self.assertRaises(AccessError):
            correction.write({"state": "done"})
        correction.with_user(self.other).action_approve()
        self.assertEqual((correction.state, self.card.points), ("done", 500.0))
        refused = self.correct(-500)
        refused.with_user(self.chief).action_refuse()
        self.assertEqual((refused.state, self.card.points), ("refused", 500.0))

    def test_nobody_gets_round_the_second_person(self):
        card = self.card.with_user(self.clerk)
        with self.assertRaises(UserError):
            card.points = 500
        with self.assertRaises(UserError):
            card.with_context(crm_loyalty_flow="sale", su=True).write({"points": 500})
        card.points = 90
        self.assertEqual(self.card.points, 90)
        wizard = self.env["loyalty.card.update.balance"].with_user(self.clerk)
        wizard.create(
            {"card_id": card.id, "new_balance": 900, "description": "Big gift"}
        ).action_update_card_point()
        self.assertEqual(self.card.points, 90)
        waiting = self.env["crm.loyalty.correction"].search(
            [("card_id", "=", card.id), ("state", "=", "waiting")]
        )
        self.assertEqual((waiting.points, waiting.reason), (810.0, "Big gift"))

    def test_more_than_there_is_is_not_taken(self):
        self.card.points = 30
        with self.assertRaises(UserError):
            self.correct(-50)
        self.assertEqual(self.card.points, 30)

    # ------------------------------------------------------------------ transfers

    def test_points_move_with_their_dates(self):
        until = self.now + timedelta(days=9)
        self.card._earn_points(50, "gift", reason="Gift", expires_at=until)
        wife = self.env["res.partner"].create({"name": "Eva Musilova"})
        moving = self.env["crm.loyalty.transfer"].with_user(self.clerk)
        wizard = moving.create(
            {
                "card_id": self.card.id,
                "to_partner_id": wife.id,
                "points": 20,
                "reason": "To his wife",
            }
        )
        wizard.action_transfer()
        wizard.action_transfer()
        card = self.program._get_member_cards(wife)[wife.id]
        self.assertEqual((self.card.points, card.points), (30.0, 20.0))
        self.assertEqual(card.lot_ids.expires_at, until)
        wizard = moving.create({**wizard.copy_data()[0], "points": 31})
        with self.assertRaises(UserError):
            wizard.action_transfer()
        with self.assertRaises(UserError):
            moving.create({**wizard.copy_data()[0], "points": -5}).action_transfer()

    # ------------------------------------------------------------------ pools

    def test_a_family_collects_on_one_card(self):
        child = self.env["res.partner"].create({"name": "Petr Musil"})
        own = self.program._get_member_cards(child)[child.id]
        own.points = 7
        pool = self.env["crm.loyalty.pool"].create(
            {
                "name": "Musil",
                "card_id": self.card.id,
                "member_ids": [(0, 0, {"partner_id": child.id, "may_spend": True})],
            }
        )
        pool.with_user(self.chief).action_collect()
        self.assertEqual((own.points, self.card.points), (0.0, 7.0))
        self.partner = child
        order = self.make_order(1)
        self.assertEqual((own.points, self.card.points), (0.0, 107.0))
        later = self.make_order(1, False)
        self.assertIn(self.card, later._get_claimable_rewards())
        self.assertEqual(later._get_real_points_for_coupon(own), 0)
        order._action_cancel()
        self.assertEqual(self.card.points, 7)
        pool.member_ids.may_spend = False
        strange = self.make_order(1, False)
        self.assertNotIn(self.card, strange._get_claimable_rewards())

    # ------------------------------------------------------------------ checks

    def test_a_check_finds_drift_and_the_remedy_mends_it(self):
        self.card.points = 50
        self.post(-1000)
        checks = self.env["crm.loyalty.check"]
        check = checks.create({})
        check._run()
        self.assertFalse(check.drift_ids.filtered(lambda d: d.card_id == self.card))
        cr = self.env.cr
        cr.execute(
            "UPDATE loyalty_card SET points = 4711 WHERE id = %s", [self.card.id]
        )
        for name in ("account", "lot"):
            cr.execute(f"ALTER TABLE crm_loyalty_{name} DISABLE TRIGGER USER")
        cr.execute(
            "UPDATE crm_loyalty_account SET balance = 4200 WHERE card_id = %s",
            [self.card.id],
        )
        cr.execute(
            "UPDATE crm_loyalty_lot SET remaining = 3900 WHERE card_id = %s",
            [self.card.id],
        )
        for name in ("account", "lot"):
            cr.execute(f"ALTER TABLE crm_loyalty_{name} ENABLE TRIGGER USER")
        self.env.invalidate_all()
        check = checks.create({})
        check._run()
        found = check.drift_ids.filtered(lambda d: d.card_id == self.card)
        self.assertEqual(set(found.mapped("kind")), {"card", "balance", "lot", "lots"})
        with self.assertRaises(AccessError):
            check.with_user(self.clerk).action_rebuild()
        check.with_user(self.chief).action_rebuild()
        self.assertEqual(self.card.points, 40)
        self.assertEqual(self.state()["balance"], 4000)
        check = checks.create({})
        check._run()
        self.assertFalse(check.drift_ids.filtered(lambda d: d.card_id == self.card))

    # ------------------------------------------------------------------ expiry

    def test_points_live_as_long_as_the_programme_says(self):
        self.program.write({"validity_kind": "days", "validity_count": 10})
        self.program.company_id.partner_id.tz = "Europe/Prague"
        self.card.points = 5
        lot = self.card.lot_ids
        local = fields.Datetime.context_timestamp(
            self.program.with_context(tz="Europe/Prague"), lot.expires_at
        )
        self.assertEqual((local.hour, local.minute), (0, 0))
        with patch.object(fields.Datetime, "now", return_value=self.days(12)):
            self.ledger._expire_due()
        self.assertEqual(self.card.points, 0)
        self.assertEqual(self.entries()[-1][0], "expire")

    def test_members_are_told_once_and_not_against_their_will(self):
        self.program.notice_days = 30
        self.partner.email = "jana@harmonia.example"
        card = self.card
        card._earn_points(5, "g", reason="Gift", expires_at=self.days(10))
        mails = self.env["mail.mail"]
        told = [("recipient_ids", "in", self.partner.ids)]
        before = mails.search_count(told)
        with patch.object(type(self.ledger), "_get_tellable", lambda s, cards: cards):
            self.ledger._cron_give_notice()
            self.assertEqual(mails.search_count(told), before + 1)
            self.ledger._cron_give_notice()
        self.assertEqual(mails.search_count(told), before + 1)
        self.partner.email = False
        self.assertFalse(self.ledger._get_tellable(card))

    # ------------------------------------------------------------------ statements

    def test_a_statement_proves_both_balances(self):
        with patch.object(fields.Datetime, "now", return_value=self.days(-60)):
            self.card._earn_points(30, "old", reason="Gift")
        self.card._spend_points(10, "new", reason="Raffle")
        statement = self.env["crm.loyalty.statement"].create(
            {"card_id": self.card.id, "date_from": self.days(-5).date()}
        )
        self.assertEqual((statement.opening, statement.closing), (30.0, 20.0))
        self.assertEqual(statement.entry_ids.mapped("points"), [-10.0])
        report = self.env["ir.actions.report"]._render_qweb_html(
            "crm_extended.report_loyalty_statement", statement.ids
        )[0]
        self.assertIn("Raffle", report.decode())

    # ------------------------------------------------------------------ who

    def test_each_role_does_its_part_only(self):
        stranger = new_test_user(self.env, "care-none", "base.group_user")
        for name, clerk, chief in (
            ("correction", "read write create unlink", "read write create unlink"),
            ("pool", "read", "read write create unlink"),
            ("pool.member", "read", "read write create unlink"),
            ("check", "read", "read write create unlink"),
            ("drift", "read", "read"),
            ("entry", "read", "read"),
            ("lot", "read", "read"),
        ):
            model = self.env[f"crm.loyalty.{name}"]
            for operation in "read write create unlink".split():
                with self.subTest(model=name, operation=operation):
                    may = [
                        model.with_user(user).has_access(operation)
                        for user in (self.clerk, self.chief, stranger)
                    ]
                    self.assertEqual(
                        may, [operation in clerk, operation in chief, False]
                    )
