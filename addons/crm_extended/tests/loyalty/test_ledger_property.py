import os
import random
from datetime import timedelta

from odoo.tests import tagged

from ...ledger.errors import LedgerError
from ...ledger.ledger import Ledger
from .ledger_common import LedgerCase
from .ledger_model import Model

# `LEDGER_HISTORIES=100000` for the long proof; the figures are in docs
HISTORIES, STEPS = int(os.environ.get("LEDGER_HISTORIES", 60)), 40


@tagged("post_install", "-at_install")
class TestLedgerProperty(LedgerCase):
    """Random histories: the ledger and a simple model of it never differ."""

    def test_random_histories_agree_with_the_model(self):
        refused = done = 0
        for seed in range(HISTORIES):
            dice = random.Random(seed)
            card, model, clock = self.make_card().id, Model(), self.now
            for step in range(STEPS):
                clock += timedelta(hours=dice.randrange(12))
                ledger = Ledger(self.env.cr, f"property-{seed}", clock)
                model.now = clock
                name, arguments = self.draw(dice, model, clock)
                with self.subTest(seed=seed, step=step, operation=name):
                    expected = getattr(model, name)(*arguments)
                    found = self.do(ledger, card, model, name, arguments, step)
                    self.assertEqual(found, expected)
                    self.assertEqual(ledger.state(card), model.state())
                done += expected is not None
                refused += expected is None
        self.rebuilt()
        self.assertGreater(done, HISTORIES * STEPS / 3)
        self.assertGreater(refused, HISTORIES)

    def draw(self, dice, model, clock):
        """(operation, arguments), the model's own numbering of entries."""
        amount = dice.randrange(1, 60)
        name = dice.choice(
            "earn earn spend spend reverse give_back reserve capture release"
            " expire".split()
        )
        if name == "earn":
            until = dice.choice([None, clock + timedelta(hours=dice.randrange(1, 99))])
            since = dice.choice([None, None, clock + timedelta(hours=9)])
            return name, (amount, until, since)
        if name == "reverse":
            return name, (dice.randrange(len(model.entries) + 1), dice.random() < 0.3)
        if name == "give_back":
            spent = [n for n, e in enumerate(model.entries) if e.amount < 0]
            return name, (dice.choice(spent or [len(model.entries)]), amount // 4 + 1)
        if name == "reserve":
            return name, (amount, clock + timedelta(hours=dice.randrange(1, 40)))
        if name == "capture":
            part = dice.choice([None, amount])
            return name, (dice.randrange(len(model.reservations) + 1), part)
        if name == "release":
            return name, (dice.randrange(len(model.reservations) + 1),)
        return name, () if name == "expire" else (amount,)

    def do(self, ledger, card, model, name, arguments, step):
        """The change of balance, or what was held; None when it was refused."""
        key = f"k{step}"
        try:
            if name == "earn":
                amount, until, since = arguments
                dates = {"expires_at": until, "available_at": since}
                answer = ledger.post(card, amount, key, **dates)
            elif name == "spend":
                answer = ledger.post(card, -arguments[0], key)
            elif name == "reserve":
                answer = ledger.reserve(card, arguments[0], key, arguments[1])
                model.reservations[-1].id = answer["reservation"]
            elif name == "expire":
                answer = ledger.expire(card, key)
            else:
                answer = self.do_on(ledger, model, name, arguments, key)
        except LedgerError:
            return None
        if answer.get("entry"):
            model.entries[-1].id = answer["entry"]
        return answer["amount"]

    def do_on(self, ledger, model, name, arguments, key):
        place, *rest = arguments
        of_entries = name in ("reverse", "give_back")
        kept = model.entries if of_entries else model.reservations
        if place >= len(kept):
            return ledger.reverse(0, key) if of_entries else ledger.release(0, key)
        if name == "reverse":
            return ledger.reverse(kept[place].id, key, partial=rest[0])
        if name == "give_back":
            return ledger.give_back(kept[place].id, rest[0], key)
        return getattr(ledger, name)(kept[place].id, key, *rest)

    def rebuilt(self):
        """Balances, lots and holds made anew from the entries are what is stored."""
        self.env.cr.execute(
            """SELECT count(*) FROM crm_loyalty_account a
                WHERE a.balance <> (SELECT coalesce(sum(amount), 0)
                                      FROM crm_loyalty_entry e
                                     WHERE e.card_id = a.card_id)
                   OR a.held <> (SELECT coalesce(sum(amount), 0)
                                   FROM crm_loyalty_reservation r
                                  WHERE r.card_id = a.card_id AND r.state = 'held')"""
        )
        self.assertEqual(self.env.cr.fetchone(), (0,))
        self.env.cr.execute(
            """SELECT count(*) FROM crm_loyalty_lot l
                WHERE l.remaining <> l.amount - (
                      SELECT coalesce(sum(u.amount), 0) FROM crm_loyalty_use u
                       WHERE u.lot_id = l.id)"""
        )
        self.assertEqual(self.env.cr.fetchone(), (0,))
