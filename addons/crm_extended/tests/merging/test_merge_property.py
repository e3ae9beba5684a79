from odoo.tests import tagged

from .merge_world import MergeWorld


@tagged("post_install", "-at_install")
class TestMergeProperty(MergeWorld):
    """Random customers with everything: merged nothing is left, undone all is back."""

    def setUp(self):
        super().setUp()
        countries = self.env["res.country"].search([], limit=3)
        companies = [
            self.make(f"Orchestra {n}", is_company=True, vat=f"X{n}") for n in range(3)
        ]
        people = [
            self.make(
                f"Player {n}",
                email=f"p{n}@example.com" if n % 3 else False,
                phone=f"+42077700{n:04}" if n % 2 else False,
                country_id=self.random.choice(countries).id,
                parent_id=self.random.choice(companies).id if n % 4 == 0 else False,
                type=self.random.choice(["contact", "delivery", "other"]),
            )
            for n in range(12)
        ]
        self.everyone = companies + people
        for partner in self.everyone:
            self.grow(partner, [p for p in self.everyone if p != partner])
        self.secure(self.invoice(people[1]))
        self.groups = [
            (companies[0].id, [companies[1].id, people[5].id]),
            (people[0].id, [people[1].id, people[2].id, people[3].id]),
            (people[4].id, [people[6].id]),
            (people[7].id, [people[8].id]),
        ]
        ids = [i for _target, sources in self.groups for i in sources]
        self.losers = self.env["res.partner"].browse(ids)
        self.env.flush_all()

    def test_everything_moves_and_everything_comes_back(self):
        before = self.picture()
        merges = self.merges._merge(self.groups, reason="Property")
        self.assertFalse(self.left_behind(self.losers))
        self.assertFalse(any(self.losers.mapped("active")))
        self.check_ledger()
        merges.action_undo()
        self.assert_same(before, self.picture())

    def test_undoing_one_by_one_in_any_order_comes_back_too(self):
        before = self.picture()
        merges = self.merges._merge(self.groups, reason="Property")
        sources = list(merges.source_ids)
        self.random.shuffle(sources)
        for source in sources:
            source.merge_id._undo(source)
        self.assertEqual(set(merges.mapped("state")), {"undone"})
        self.assert_same(before, self.picture())

    def test_a_chain_of_merges_comes_back_as_a_whole(self):
        before = self.picture()
        first = self.merges._merge(self.groups)
        target, sources = self.groups[1]
        later = self.merges._merge([(self.groups[2][0], [target])])
        self.assertEqual(
            self.env["res.partner"].browse(sources).merged_into_id.id,
            self.groups[2][0],
        )
        (first | later).action_undo()
        self.assert_same(before, self.picture())

    def check_ledger(self):
        """Every posted entry is owed by the commercial entity of whoever it names."""
        moves = self.env["account.move"].search(
            [("state", "=", "posted"), ("partner_id", "!=", False)]
        )
        for move in moves:
            entity = move.partner_id.commercial_partner_id
            self.assertEqual(move.commercial_partner_id, entity)
            lines = move.line_ids.filtered(
                lambda line: (
                    line.account_type in ("asset_receivable", "liability_payable")
                )
            )
            if move.is_invoice():
                self.assertEqual(lines.partner_id, entity, move.name)
