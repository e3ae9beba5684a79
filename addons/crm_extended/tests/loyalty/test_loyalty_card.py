from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .ledger_common import LedgerCase


@tagged("post_install", "-at_install")
class TestLoyaltyCard(LedgerCase):
    """Odoo's field and the ledger's balance are one, whoever writes it."""

    def entries(self, card=None):
        found = self.env["crm.loyalty.entry"].search(
            [("card_id", "=", (card or self.card).id)], order="seq"
        )
        return found.mapped(lambda e: (e.kind, e.flow, e.points))

    def test_whoever_writes_points_posts_an_entry(self):
        self.card.points = 30
        self.card.points += 0.1
        self.card.points += 0.2
        self.card.write({"points": 10})
        self.assertEqual(self.card.points, 10.0)
        self.assertEqual(
            self.entries(),
            [
                ("earn", "manual", 30.0),
                ("earn", "manual", 0.1),
                ("earn", "manual", 0.2),
                ("spend", "manual", -20.3),
            ],
        )
        self.assertEqual(self.state()["balance"], 1000)

    def test_a_thousand_tenths_are_a_hundred(self):
        for _ in range(100):
            self.card.points += 0.1
        self.env.invalidate_all()
        self.assertEqual(self.card.points, 10.0)
        self.assertEqual(self.state()["balance"], 1000)

    def test_cards_made_with_points_have_earned_them(self):
        cards = self.env["loyalty.card"].create(
            [{"program_id": self.program.id, "points": n} for n in (0, 5, 7.5)]
        )
        self.assertEqual(cards.mapped("points"), [0, 5, 7.5])
        self.assertEqual(
            [self.entries(card) for card in cards],
            [[], [("earn", "manual", 5.0)], [("earn", "manual", 7.5)]],
        )
        with self.assertRaises(UserError):
            self.env["loyalty.card"].create(
                {"program_id": self.program.id, "points": -1}
            )

    def test_what_is_no_number_of_points_is_refused(self):
        for points in (float("nan"), float("inf"), 1e400, 1e15):
            with self.subTest(points=points), self.assertRaises(UserError):
                self.card.points = points
        self.assertEqual(self.card.points, 0)

    def test_a_part_below_the_smallest_unit_is_rounded(self):
        self.card.points = 1.005
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.card.points, 1.01)

    def test_money_counts_in_its_currency_and_stays_with_it(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        wallet = self.env["loyalty.program"].create(
            {"name": "Wallet", "program_type": "ewallet", "currency_id": yen.id}
        )
        card = self.env["loyalty.card"].create({"program_id": wallet.id, "points": 12})
        self.assertEqual(self.state(card)["balance"], 12)
        with self.assertRaises(UserError):
            wallet.currency_id = self.env.ref("base.EUR")
        self.post(100)
        with self.assertRaises(UserError):
            self.program.point_digits = 0

    def test_members_get_a_card_each_once(self):
        partners = self.env["res.partner"].create([{"name": n} for n in "ABC"])
        first = self.program._get_member_cards(partners[:2])
        again = self.program._get_member_cards(partners)
        self.assertEqual(set(again), set(partners.ids))
        self.assertEqual(first.items() & again.items(), first.items())
        self.assertEqual(
            self.env["loyalty.card"].search_count(
                [("program_id", "=", self.program.id), ("partner_id", "!=", False)]
            ),
            3,
        )

    def test_points_are_given_once_per_key(self):
        until = self.now + timedelta(days=9)
        for _ in range(2):
            self.card._earn_points(
                12.5, "b-1", reason="Birthday", expires_at=until, kind="birthday"
            )
        self.assertEqual(self.card.points, 12.5)
        self.assertEqual(self.card.lot_ids.expires_at, until)
        self.card._spend_points(2, "s-1", reason="Raffle")
        self.assertEqual(self.card.points, 10.5)
        with self.assertRaises(UserError):
            self.card._spend_points(11, "s-2", reason="Raffle")

    def test_many_are_given_points_at_once_and_each_key_once(self):
        cards = self.make_card() + self.make_card()
        rows = [
            {
                "card_id": cards[n % 2].id,
                "points": 1,
                "key": f"m-{n}",
                "reason": "Visit",
            }
            for n in range(6)
        ]
        ledger = self.env["crm.loyalty.ledger"]
        self.assertEqual(ledger._earn_many([*rows, rows[0]]), 6)
        self.assertEqual(ledger._earn_many(rows), 0)
        self.assertEqual(cards.mapped("points"), [3.0, 3.0])
        self.assertEqual(len(cards.lot_ids), 6)
        with self.assertRaises(UserError):
            ledger._earn_many([{**rows[0], "points": 2}])
        # what one gives, many do not give again
        cards[0]._earn_points(4, "m-9", reason="Visit")
        again = {"card_id": cards[0].id, "points": 4, "key": "m-9", "reason": "Visit"}
        self.assertEqual(ledger._earn_many([again]), 0)

    def test_points_of_before_become_opening_entries(self):
        cards = self.make_card() + self.make_card()
        day = fields.Date.to_date("2031-03-30")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE loyalty_card SET points = CASE id WHEN %s THEN 7.125 ELSE -3 END,"
            " expiration_date = %s WHERE id = ANY(%s)",
            [cards[0].id, day, cards.ids],
        )
        self.env.invalidate_all()
        self.env["crm.loyalty.ledger"]._open_existing()
        self.env.invalidate_all()
        self.assertEqual(cards.mapped("points"), [7.13, 0.0])
        self.assertEqual(self.entries(cards[0]), [("earn", "opening", 7.13)])
        self.assertEqual(cards[1].owed_points, 3.0)
        self.assertEqual(
            cards[0].lot_ids.expires_at, fields.Datetime.to_datetime("2031-03-31")
        )
        self.assertEqual(self.env["crm.loyalty.ledger"]._open_existing(), 0)
        cards[1].points += 5
        self.assertEqual((cards[1].points, cards[1].owed_points), (2.0, 0.0))
