from datetime import datetime

from odoo.tests import TransactionCase, new_test_user

from ...ledger.ledger import Ledger

MAY, JUNE, JULY = (datetime(2025, month, 10) for month in (5, 6, 7))


class LiabilityCase(TransactionCase):
    """A company of its own with one programme of whole points, worth 1 each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Harmonia Vinyl"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context=dict(
                cls.env.context,
                allowed_company_ids=cls.company.ids,
                tracking_disable=True,
            )
        )
        cls.company = cls.env["res.company"].browse(cls.company.id)
        account = cls.env["account.account"]
        cls.owed, cls.revenue = account.create(
            [
                {
                    "name": "Deferred revenue of points",
                    "code": "389100",
                    "account_type": "liability_current",
                    "company_ids": [(6, 0, cls.company.ids)],
                },
                {
                    "name": "Revenue of goods",
                    "code": "604900",
                    "account_type": "income",
                    "company_ids": [(6, 0, cls.company.ids)],
                },
            ]
        )
        cls.journal = cls.env["account.journal"].create(
            {
                "name": "Adjustments",
                "code": "LOYAL",
                "type": "general",
                "company_id": cls.company.id,
            }
        )
        cls.program = cls.make_program("Harmonia Club")
        cls.accounts = cls.env["crm.loyalty.accounts"].create(
            {
                "company_id": cls.company.id,
                "journal_id": cls.journal.id,
                "liability_account_id": cls.owed.id,
                "income_account_id": cls.revenue.id,
                "method": "full",
                "breakage": "none",
            }
        )
        cls.partner = cls.env["res.partner"].create({"name": "Jana Nováková"})
        cls.card = cls.make_card(cls.program)
        cls.keys = iter(range(10**6))

    @classmethod
    def make_program(cls, name, **vals):
        program = cls.env["loyalty.program"].create(
            {
                "name": name,
                "program_type": "loyalty",
                "company_id": cls.company.id,
                **vals,
            }
        )
        program.crm_point_value_ids = [
            (0, 0, {"date_from": "2020-01-01", "value": 1.0})
        ]
        return program

    @classmethod
    def make_card(cls, program):
        return cls.env["loyalty.card"].create(
            {"program_id": program.id, "partner_id": cls.partner.id}
        )

    def ledger(self, at):
        self.env.flush_all()
        return Ledger(self.env.cr, "test", at)

    def post(self, points, at, card=None, **about):
        """Earn or spend whole points in the past; returns the entry's id."""
        card = card or self.card
        unit = 10 ** self.digits(card)
        key = f"test/{next(self.keys)}"
        answer = self.ledger(at).post(card.id, points * unit, key, **about)
        return answer["entry"]

    def digits(self, card):
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT COALESCE((SELECT digits FROM crm_loyalty_account
                                 WHERE card_id = %s), p.point_digits, 2)
                 FROM loyalty_program p WHERE p.id = %s""",
            [card.id, card.program_id.id],
        )
        return self.env.cr.fetchone()[0]

    def undo(self, entry, at):
        return self.ledger(at).reverse(entry, f"test/{next(self.keys)}")

    def close(self, first, last=None):
        """A computed period, from the month of `first` to that of `last`."""
        begin = first.replace(day=1)
        period = self.env["crm.loyalty.period"].create(
            {
                "company_id": self.company.id,
                "date_from": begin.date(),
                "date_to": self.month_end(last or first),
            }
        )
        period._run()
        self.assertEqual(period.state, "done", period.error)
        return period

    def month_end(self, day):
        nxt = (day.replace(day=28)).date()
        while nxt.month == day.month:
            end, nxt = nxt, nxt.fromordinal(nxt.toordinal() + 1)
        return end

    def make_user(self, login, groups):
        return new_test_user(
            self.env,
            login,
            groups=groups,
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
