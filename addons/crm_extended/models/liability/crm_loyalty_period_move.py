from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

ACCOUNTANTS = "account.group_account_user,account.group_account_manager"


class LoyaltyPeriodBooking(models.Model):
    """The journal entry of a period: it brings each account to what is owed.

    One entry per company and period, made as a draft for the accountant to post. Asked
    for again it is the same one, its lines made anew while it is a draft.
    """

    _inherit = "crm.loyalty.period"

    booked_ids = fields.One2many(
        "crm.loyalty.period.account", "period_id", string="Accounts", readonly=True
    )

    def action_book(self):
        """Make the draft entry, or bring it up to date, and open it."""
        self.ensure_one()
        self._check_accountant()
        self.lock_for_update()
        self._check_bookable()
        adjustments = self._get_adjustments()
        if any(delta for _accounts, _target, delta in adjustments):
            move = self._write_move(adjustments)
        else:
            move = self.sudo().move_id
            if move.state == "draft":
                move.unlink()
        self._keep_targets(adjustments)
        if not move.exists() or not any(delta for *_rest, delta in adjustments):
            return self._tell_nothing_to_book()
        return self.action_open_move()

    def action_open_move(self):
        """Open the journal entry."""
        self.ensure_one()
        if not self.move_id:
            raise UserError(self.env._("The period has no journal entry yet."))
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }

    def action_reverse(self):
        """Post the reversal of the entry on its own day; then it can be made anew."""
        self.ensure_one()
        self._check_accountant()
        self.lock_for_update()
        if self.booking != "posted":
            raise UserError(
                self.env._("Only a posted entry is reversed; a draft is deleted.")
            )
        self._check_last()
        self._check_unlocked(self.move_id.journal_id)
        undone = self.move_id._reverse_moves(
            [
                {
                    "date": self.date_to,
                    "ref": self.env._("Reversal of %(name)s", name=self.move_id.name),
                }
            ],
        )
        undone.action_post()
        self.sudo().move_ids |= undone
        return True

    # ------------------------------------------------------------------ private

    def _get_printed_accounts(self):
        """Accounts for the report, if its reader may see them."""
        rows = self.env["crm.loyalty.period.account"]
        return self.booked_ids if rows.has_access("read") else rows

    def _check_accountant(self):
        self.check_access("read")
        if not self.env.user.has_groups(ACCOUNTANTS):
            raise AccessError(
                self.env._("Only accountants book the liability of points.")
            )

    def _check_bookable(self):
        if self.state != "done":
            raise UserError(self.env._("Compute the period before you book it."))
        self._check_not_booked()
        if self.points_difference:
            raise UserError(
                self.env._(
                    "Entries and lots of the ledger differ by %(points)s points. "
                    "Nothing is booked until the ledger is mended.",
                    points=self.points_difference,
                )
            )
        self._check_last()
        self._check_before()
        lines = self.sudo().line_ids
        unbooked = lines.filtered(lambda line: not line.accounts_id)
        if unbooked.filtered("money_closing"):
            raise UserError(
                self.env._(
                    "No accounts are set for %(programs)s. Set them under Accounts of "
                    "Points and compute the period again.",
                    programs=", ".join(unbooked.program_id.mapped("name")),
                )
            )
        for journal in lines.accounts_id.journal_id:
            self._check_unlocked(journal)

    def _check_last(self):
        """A later entry was made from the balance that this one left."""
        later = self.sudo().search(
            [("company_id", "=", self.company_id.id), ("date_to", ">", self.date_to)]
        )
        if booked := later.filtered(lambda p: p.booking in ("draft", "posted")):
            raise UserError(
                self.env._(
                    "%(periods)s is booked already, on the balance this period left. "
                    "Reverse or delete the entry of the later period first.",
                    periods=", ".join(booked.mapped("name")),
                )
            )

    def _check_before(self):
        earlier = self.sudo().search(
            [("company_id", "=", self.company_id.id), ("date_to", "<", self.date_to)]
        )
        if drafts := earlier.filtered(lambda p: p.booking == "draft"):
            raise UserError(
                self.env._(
                    "The entry of %(periods)s is still a draft. Post or delete it "
                    "first, or its amount would be booked twice.",
                    periods=", ".join(drafts.mapped("name")),
                )
            )

    def _check_unlocked(self, journal):
        violated = self.company_id._get_violated_lock_dates(
            self.date_to, False, journal
        )
        if violated:
            raise UserError(
                self.env._(
                    "%(day)s is in a locked period (until %(lock)s). Ask whoever "
                    "locked it to open it, or book the difference with the next one.",
                    day=format_date(self.env, self.date_to),
                    lock=format_date(self.env, violated[-1][0]),
                )
            )

    def _get_adjustments(self):
        """[(accounts line, owed, what its account lacks)] in the company's currency."""
        lines = self.sudo().line_ids
        rows = self.env["crm.loyalty.accounts"].sudo()
        rows = rows.search([("company_id", "=", self.company_id.id)])
        balances = self._get_balances(rows.liability_account_id)
        found = []
        for row in rows:
            mine = lines.filtered(lambda line, row=row: line.accounts_id == row)
            owed = sum(mine.mapped("money_closing"))
            has = -balances.get(row.liability_account_id, 0.0)
            found.append((row, owed, self.currency_id.round(owed - has)))
        return found

    def _get_balances(self, accounts):
        """{account: posted balance at the end of the period}, debit above 0."""
        # sudo: an accountant of the company, checked; readers see sums, not items
        items = self.env["account.move.line"].sudo()
        return dict(
            items._read_group(
                [
                    ("account_id", "in", accounts.ids),
                    ("company_id", "=", self.company_id.id),
                    ("parent_state", "=", "posted"),
                    ("date", "<=", self.date_to),
                ],
                ["account_id"],
                ["balance:sum"],
            )
        )

    def _write_move(self, adjustments):
        company = self.company_id
        moves = self.env["account.move"].with_company(company)
        journal = next(row.journal_id for row, _owed, delta in adjustments if delta)
        values = {
            "move_type": "entry",
            "date": self.date_to,
            "journal_id": journal.id,
            "ref": self.env._("Loyalty points %(period)s", period=self.name),
            "line_ids": [
                (0, 0, item)
                for row, _owed, delta in adjustments
                if delta
                for item in self._prepare_items(row, delta)
            ],
        }
        move = self.move_id
        if move.exists() and move.state == "draft":
            move.write({**values, "line_ids": [(5, 0, 0), *values["line_ids"]]})
            return move
        move = moves.create(values)
        self.sudo().write({"move_id": move.id, "move_ids": [(4, move.id)]})
        return move

    @api.model
    def _prepare_items(self, row, delta):
        owed, freed = max(delta, 0.0), max(-delta, 0.0)
        name = self.env._("%(what)s: change of what is owed", what=row.name)
        return [
            {
                "account_id": row.liability_account_id.id,
                "name": name,
                "debit": freed,
                "credit": owed,
            },
            {
                "account_id": row.income_account_id.id,
                "name": name,
                "debit": owed,
                "credit": freed,
            },
        ]

    def _keep_targets(self, adjustments):
        kept = self.sudo().booked_ids
        kept.unlink()
        kept.create(
            [
                {"period_id": self.id, "accounts_id": row.id, "owed": owed}
                for row, owed, _delta in adjustments
            ]
        )

    def _tell_nothing_to_book(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The accounts stand at what is owed: there is nothing to book."
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
