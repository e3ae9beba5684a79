from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase

from ...ledger.errors import LedgerError


class LedgerCase(TransactionCase):
    """A card of a programme, and postings with keys of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ledger = cls.env["crm.loyalty.ledger"]
        cls.now = fields.Datetime.now()
        cls.program = cls.env["loyalty.program"].create(
            {
                "name": "Harmonia Club",
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
            }
        )
        cls.card = cls.make_card()
        cls.number = 0

    @classmethod
    def make_card(cls):
        cards = cls.env["loyalty.card"]
        return cards.create({"program_id": cls.program.id, "points": 0})

    def key(self):
        type(self).number += 1
        return f"test-{self.number}"

    def days(self, days):
        return self.now + timedelta(days=days)

    def post(self, amount, card=None, key=None, **about):
        return self.ledger._post(card or self.card, amount, key or self.key(), **about)

    def entry(self, answer):
        return self.env["crm.loyalty.entry"].browse(answer["entry"])

    def reservation(self, answer):
        return self.env["crm.loyalty.reservation"].browse(answer["reservation"])

    def state(self, card=None):
        return self.ledger._get_state(card or self.card)

    def lots(self, card=None):
        """{expiry: remaining} of the lots that hold something."""
        self.env.invalidate_all()
        lots = self.env["crm.loyalty.lot"].search(
            [("card_id", "=", (card or self.card).id)]
        )
        return [(lot.amount, lot.remaining) for lot in lots.sorted("id")]

    def refused(self, code, method, *arguments, **named):
        with self.assertRaises(UserError) as refusal:
            getattr(self.ledger, method)(*arguments, **named)
        cause = refusal.exception.__cause__
        self.assertIsInstance(cause, LedgerError)
        self.assertEqual(cause.code, code)
        return cause
