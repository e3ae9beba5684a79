from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL

PHASES = [
    ("draft", "To Check"),
    ("withdrawn", "Withdrawn"),
    ("undone", "Undone"),
]
COUNTS = {
    "record_count": "records",
    "purchase_count": "purchases",
    "archived_count": "archived",
    "left_count": "left",
    "shared_count": "shared",
}
_SHOWN = 20


class SourceWithdrawal(models.Model):
    """A source is taken back with all that only it said, and can be put back.

    Customers that it alone brought are archived, unless there are documents about
    them. Of customers that others know, too, values are decided anew among the
    others, or emptied. Its records and past purchases are set aside, not destroyed,
    until they are purged; till then an undo restores them as they were.
    """

    _name = "crm.source.withdrawal"
    _description = "Withdrawal of a Source"
    _inherit = "crm.run.mixin"
    _order = "id desc"
    _rec_name = "source_id"

    source_id = fields.Many2one(
        "crm.source", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="source_id.company_id", store=True)
    reason = fields.Char(help="Why the source is not believed any more")
    user_id = fields.Many2one(
        "res.users",
        string="Asked for by",
        readonly=True,
        default=lambda self: self.env.user,
        copy=False,
    )
    phase = fields.Selection(
        PHASES, default="draft", required=True, readonly=True, copy=False
    )
    undo_wanted = fields.Boolean(readonly=True, copy=False)
    record_count = fields.Integer(string="Records", readonly=True, copy=False)
    purchase_count = fields.Integer(string="Past Purchases", readonly=True, copy=False)
    archived_count = fields.Integer(
        string="Customers Archived",
        readonly=True,
        copy=False,
        help="Only this source brought them, and there is no document about them",
    )
    left_count = fields.Integer(
        string="Customers Left",
        readonly=True,
        copy=False,
        help="Only this source brought them, but documents name them",
    )
    shared_count = fields.Integer(
        string="Customers Others Know",
        readonly=True,
        copy=False,
        help="Their values are decided anew among the other sources",
    )
    changed_count = fields.Integer(string="Values Changed", readonly=True, copy=False)
    emptied_count = fields.Integer(string="Values Emptied", readonly=True, copy=False)
    stuck_count = fields.Integer(
        string="Not Put Back",
        readonly=True,
        copy=False,
        help="Values, customers and rows that changed after the withdrawal",
    )
    preview = fields.Html(readonly=True, copy=False)
    outlook = fields.Html(compute="_compute_outlook", string="What an Undo Would Do")
    line_ids = fields.One2many(
        "crm.source.withdrawal.line", "withdrawal_id", string="Changes", readonly=True
    )

    @api.model_create_multi
    def create(self, vals_list):
        withdrawals = super().create(vals_list)
        for withdrawal in withdrawals:
            withdrawal.source_id.check_access("write")
            withdrawal._refresh_preview()
        return withdrawals

    def write(self, vals):
        if "source_id" in vals and any(w.phase != "draft" for w in self):
            raise UserError(
                self.env._("The withdrawal was done for its source. Make a new one.")
            )
        result = super().write(vals)
        if "source_id" in vals:
            for withdrawal in self:
                withdrawal._refresh_preview()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if any(
            w.phase == "withdrawn" or w.state in ("queued", "running") for w in self
        ):
            raise UserError(
                self.env._("It holds what an undo needs. Undo it first, or keep it.")
            )

    # ------------------------------------------------------------------ preview

    def action_preview(self):
        """Count again what the withdrawal would do, and name the first customers."""
        self.check_access("write")
        for withdrawal in self.filtered(lambda w: w.phase == "draft"):
            withdrawal._refresh_preview()
        return True

    def _refresh_preview(self):
        self.ensure_one()
        self._find_customers()
        counts = self._count()
        self.sudo().write({**counts, "preview": self._make_preview()})

    def _count(self):
        source = self.source_id.id
        [(records, purchases, archived, left, shared)] = self.env.execute_query(
            SQL(
                """SELECT
                    (SELECT count(*) FROM crm_source_record WHERE source_id = %(s)s),
                    (SELECT count(*) FROM crm_purchase WHERE source_id = %(s)s),
                    count(*) FILTER (WHERE fate = 'archived'),
                    count(*) FILTER (WHERE fate = 'left'),
                    count(*) FILTER (WHERE fate = 'shared')
                   FROM crm_withdrawal_customer""",
                s=source,
            )
        )
        found = {
            "records": records,
            "purchases": purchases,
            "archived": archived,
            "left": left,
            "shared": shared,
        }
        return {field: found[name] for field, name in COUNTS.items()}

    def _make_preview(self):
        titles = {
            "archived": self.env._("Will be archived: only this source brought them"),
            "left": self.env._("Stay as they are: documents name them"),
            "shared": self.env._(
                "Stay: others know them; their values are decided among the others"
            ),
        }
        parts = []
        for fate, title in titles.items():
            rows = self.env.execute_query(
                SQL(
                    """SELECT partner_id FROM crm_withdrawal_customer
                       WHERE fate = %s ORDER BY partner_id LIMIT %s""",
                    fate,
                    _SHOWN,
                )
            )
            partners = self.env["res.partner"].browse([id_ for (id_,) in rows])
            names = partners._filtered_access("read").mapped("display_name")
            if rows:
                items = Markup().join(Markup("<li>%s</li>") % name for name in names)
                more = ""
                if len(rows) == _SHOWN:
                    more = self.env._("The first %(count)s.", count=_SHOWN)
                parts.append(
                    Markup("<h5>%s</h5><ul>%s</ul><p class='text-muted'>%s</p>")
                    % (title, items, more)
                )
        return Markup().join(parts) or False

    def _compute_outlook(self):
        for withdrawal in self:
            withdrawal.outlook = (
                withdrawal._make_outlook() if withdrawal.phase == "withdrawn" else False
            )

    # ------------------------------------------------------------------ buttons

    def action_withdraw(self):
        """Withdraw the source; a run does it, nothing or all."""
        self.ensure_one()
        self.check_access("write")
        if self.phase != "draft":
            raise UserError(self.env._("This withdrawal was done already."))
        return self._start(undo=False)

    def action_undo(self):
        """Put everything back that has not changed since."""
        self.ensure_one()
        self.check_access("write")
        if self.phase != "withdrawn":
            raise UserError(self.env._("There is nothing to undo here."))
        if not self.env["crm.source.withdrawal.row"].sudo()._is_kept(self):
            raise UserError(
                self.env._(
                    "What was withdrawn has been purged since. Import the source's "
                    "file again instead."
                )
            )
        return self._start(undo=True)

    def _start(self, undo):
        if self._get_working():
            raise UserError(self.env._("The withdrawal is at work. Wait for its end."))
        self.source_id.check_access("write")
        self.sudo().undo_wanted = undo
        return self.action_start()

    def _check_startable(self):
        for withdrawal in self:
            if withdrawal.source_id.kind == "manual":
                raise UserError(
                    self.env._("What people entered here cannot be withdrawn at once.")
                )

    # ------------------------------------------------------------------ the work

    def _execute(self):
        self._check_startable()
        self._lock_source()
        if self.undo_wanted:
            return {"phase": "undone", **self._put_back()}
        if self.phase != "draft":
            raise UserError(self.env._("This withdrawal was done already."))
        return {"phase": "withdrawn", "preview": False, **self._take_away()}

    def _lock_source(self):
        try:
            self.source_id.sudo().lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._("An import from this source is at work. Start when it ends.")
            ) from None
