import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...ledger.checking import FINDINGS, REBUILD
from ...ledger.once import CHECK, DEFER

KINDS = [
    ("card", "Points of the card"),
    ("unknown", "Card without an opening entry"),
    ("balance", "Balance of the account"),
    ("number", "Number of entries"),
    ("chain", "Chain of balances"),
    ("owed", "Owed points"),
    ("lot", "Rest of a lot"),
    ("lots", "Sum of the lots"),
    ("held", "Held points"),
]
LISTED = 1000  # drifts kept per kind; the count is exact


class LoyaltyCheck(models.Model):
    """A proof that cards, accounts, entries and lots are equal, or where not."""

    _name = "crm.loyalty.check"
    _inherit = ["crm.run.mixin"]
    _description = "Check of Points"
    _order = "id desc"

    card_count = fields.Integer(string="Cards Checked", readonly=True, copy=False)
    entry_count = fields.Integer(string="Entries Checked", readonly=True, copy=False)
    drift_count = fields.Integer(string="Differences", readonly=True, copy=False)
    drift_ids = fields.One2many("crm.loyalty.drift", "check_id", readonly=True)

    @api.depends("create_date")
    def _compute_display_name(self):
        for check in self:
            day = fields.Date.to_date(check.create_date)
            check.display_name = self.env._("Check of points, %(day)s", day=day or "")

    def _execute(self):
        # sudo: differences are of all companies, each role sees its own
        drifts = self.env["crm.loyalty.drift"].sudo()
        drifts.search([("check_id", "=", self.id)]).unlink()
        self.env.flush_all()
        total = 0
        for number, (kind, query) in enumerate(FINDINGS.items()):
            label = dict(KINDS)[kind]
            self._report(number, len(FINDINGS), label)
            rows = self.env.execute_query(
                SQL(
                    "SELECT q.*, count(*) OVER () FROM (%s) q"
                    " (card_id, expected, found) ORDER BY 1 LIMIT %s",
                    SQL(query),
                    LISTED,
                )
            )
            total += rows[0][3] if rows else 0
            drifts.create(
                [
                    {
                        "check_id": self.id,
                        "kind": kind,
                        "card_id": card,
                        "expected": expected,
                        "found": found,
                    }
                    for card, expected, found, _count in rows
                ]
            )
        self.env.cr.execute(
            "SELECT (SELECT count(*) FROM loyalty_card),"
            " (SELECT count(*) FROM crm_loyalty_entry)"
        )
        cards, entries = self.env.cr.fetchone()
        return {"card_count": cards, "entry_count": entries, "drift_count": total}

    @api.model
    def _tell_kept(self, labels):
        return self.env._("Only the check itself writes its outcome: %(f)s.", f=labels)

    @api.model
    def _cron_check(self):
        """Queue the nightly proof."""
        self.create({}).action_start()

    def action_rebuild(self):
        """Make accounts, lots and cards from the entries again, for what differs."""
        self.ensure_one()
        if not self.env.user.has_group("crm_extended.group_loyalty_manager"):
            raise AccessError(self.env._("Only loyalty managers mend balances."))
        drifts = self.drift_ids.filtered("card_id")
        self.env["crm.loyalty.ledger"].sudo()._rebuild(drifts.card_id)
        fresh = self.create({})
        fresh.action_start()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": fresh.id,
            "views": [[False, "form"]],
        }


class LoyaltyDrift(models.Model):
    """One difference that a check found, in the card's smallest unit."""

    _name = "crm.loyalty.drift"
    _description = "Difference of Points"
    _order = "id"

    check_id = fields.Many2one(
        "crm.loyalty.check",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    kind = fields.Selection(KINDS, string="What Differs", required=True, readonly=True)
    card_id = fields.Many2one("loyalty.card", readonly=True, ondelete="cascade")
    program_id = fields.Many2one(related="card_id.program_id")
    partner_id = fields.Many2one(related="card_id.partner_id")
    expected = fields.Float(
        string="By the Entries", digits=(20, 0), readonly=True, aggregator=None
    )
    found = fields.Float(digits=(20, 0), readonly=True, aggregator=None)


class LoyaltyRebuild(models.AbstractModel):
    _inherit = "crm.loyalty.ledger"

    @api.model
    def _rebuild(self, cards):
        """Accounts, lots and cards as the entries say; cards without one are opened.

        :raises UserError: the entries themselves do not make a chain, or lots and
            entries cannot be brought together
        """
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(DEFER)
                for statement in REBUILD:
                    self.env.cr.execute(statement, {"cards": cards.ids})
                self.env.cr.execute(CHECK)
        except psycopg2.IntegrityError as error:
            raise UserError(
                self.env._(
                    "The entries contradict each other; nothing was changed. Entries "
                    "are never changed by the programme: restore the database from "
                    "before they were, or ask who wrote to it directly."
                )
            ) from error
        self._open_existing()
        self.env.invalidate_all()
