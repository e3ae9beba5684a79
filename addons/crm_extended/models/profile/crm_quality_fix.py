from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .crm_quality_fault import EDITABLE, FIELDS

# What is mended at once without asking each customer: only how a value is written
SAFE = {"phone_format", "email_format", "vat_format", "zip_format", "name_case"}
NORMALISED = ["phone", "email", "vat", "zip", "name", "city"]
MOST = 50_000

_CHECK = """
    UPDATE crm_quality_fix_line l SET state = 'stale'
      FROM res_partner p
     WHERE l.fix_id = %(fix)s AND l.state = %(state)s AND l.field = %(field)s AND l.take
       AND p.id = l.partner_id AND p.{column} IS DISTINCT FROM l.{expected}
"""
_WRITE = """
    UPDATE res_partner p SET {column} = l.{wanted}, write_uid = %(user)s,
           write_date = %(now)s
      FROM crm_quality_fix_line l
     WHERE l.fix_id = %(fix)s AND l.state = %(state)s AND l.field = %(field)s AND l.take
       AND p.id = l.partner_id AND p.{column} IS NOT DISTINCT FROM l.{expected}
 RETURNING p.id
"""
# Contact persons have these of the company above them
_INHERITED = ("vat", "zip", "city")
_HAND_DOWN = """
    UPDATE res_partner c SET {column} = p.{column}, write_uid = %(user)s,
           write_date = %(now)s
      FROM res_partner p
      JOIN crm_quality_fix_line l ON l.partner_id = p.id AND l.fix_id = %(fix)s
       AND l.field = %(field)s AND l.take
     WHERE p.id = ANY(%(ids)s) AND c.parent_id = p.id AND c.type = 'contact'
       AND NOT c.is_company AND c.{column} = l.{expected}
 RETURNING c.id
"""
_DONE = """
    UPDATE crm_quality_fix_line SET state = %(after)s
     WHERE fix_id = %(fix)s AND state = %(state)s AND take
"""


class CrmQualityFix(models.Model):
    """One normalisation of many customers: shown first, written and undone at once.

    A value that somebody changed in the meantime is left alone, both ways.
    """

    _name = "crm.quality.fix"
    _description = "Normalisation of Customer Data"
    _inherit = ["crm.kept.mixin"]
    _order = "id desc"

    state = fields.Selection(
        [("draft", "To Look at"), ("done", "Written"), ("undone", "Undone")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    line_ids = fields.One2many("crm.quality.fix.line", "fix_id", copy=False)
    line_count = fields.Integer(string="Proposals", compute="_compute_counts")
    stale_count = fields.Integer(string="Left Alone", compute="_compute_counts")
    user_id = fields.Many2one(
        "res.users", string="By", readonly=True, default=lambda self: self.env.user
    )
    done_at = fields.Datetime(string="Written On", readonly=True, copy=False)

    @api.depends("create_date")
    def _compute_display_name(self):
        for fix in self:
            day = fields.Date.to_date(fix.create_date)
            fix.display_name = self.env._("Normalisation of %(day)s", day=day or "")

    @api.depends("line_ids.state")
    def _compute_counts(self):
        groups = self.env["crm.quality.fix.line"]._read_group(
            [("fix_id", "in", self.ids)], ["fix_id", "state"], ["__count"]
        )
        self.line_count = self.stale_count = 0
        for fix, state, count in groups:
            fix.line_count += count
            if state == "stale":
                fix.stale_count += count

    @api.model
    def _tell_kept(self, labels):
        return self.env._("The steps of a normalisation write: %(x)s.", x=labels)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if any(fix.state == "done" for fix in self):
            raise UserError(
                self.env._("What was written can be undone only while this is kept.")
            )

    @api.model
    def _propose(self, faults):
        """A normalisation with the proposals of these faults, to be looked at.

        :raises UserError: none of the faults has a proposal
        """
        faults = faults.filtered(
            lambda f: f.proposal and f.field in NORMALISED and f.state != "fixed"
        )[:MOST]
        allowed = faults.partner_id._filtered_access("write")
        faults = faults.filtered(lambda f: f.partner_id in allowed)
        if not faults:
            raise UserError(
                self.env._(
                    "None of the chosen faults has a proposal that could be written. "
                    "Filter by With a Proposal first."
                )
            )
        fix = self.create({})
        # sudo: lines are made here and nowhere else
        self.env["crm.quality.fix.line"].sudo().create(
            [
                {
                    "fix_id": fix.id,
                    "partner_id": fault.partner_id.id,
                    "field": fault.field,
                    "code": fault.code,
                    "old_value": fault.found_value,
                    "new_value": fault.proposal,
                    # what was meant by a slip is for a person to say
                    "take": fault.code in SAFE,
                }
                for fault in faults.sorted(lambda f: f.code not in SAFE)
                if fault.found_value
            ]
        )
        return fix

    def action_apply(self):
        """Write the chosen proposals."""
        self.ensure_one()
        self._check_steps("draft")
        self._write_values("proposed", "applied", "old_value", "new_value")
        self.sudo().write({"state": "done", "done_at": fields.Datetime.now()})
        return True

    def action_undo(self):
        """Put the former values back where nobody changed them since."""
        self.ensure_one()
        self._check_steps("done")
        self._write_values("applied", "undone", "new_value", "old_value")
        self.sudo().state = "undone"
        return True

    def _check_steps(self, state):
        self.check_access("write")
        self.env["crm.quality.fault"]._check_steward()
        self.lock_for_update()
        if self.state != state:
            raise UserError(self.env._("This was done already. Reload the page."))
        partners = self.line_ids.filtered("take").partner_id
        forbidden = partners - partners._filtered_access("write")
        if forbidden:
            raise UserError(
                self.env._(
                    "You may not change %(count)s of these customers. Untick them.",
                    count=len(forbidden),
                )
            )

    def _write_values(self, state, after, expected, wanted):
        """One statement for each field; what follows is recomputed in a batch."""
        self.env.flush_all()
        partners = self.env["res.partner"]
        columns = partners._fields
        changed = set()
        for name in NORMALISED:
            values = {
                "fix": self.id,
                "state": state,
                "field": name,
                "user": self.env.uid,
                "now": self.env.cr.now(),
                "after": after,
            }
            parts = {"column": columns[name].name, "expected": expected}
            check = _CHECK.format(**parts)
            write = _WRITE.format(**parts, wanted=wanted)
            self.env.cr.execute(SQL(check, **values))
            self.env.cr.execute(SQL(write, **values))
            ids = [id_ for (id_,) in self.env.cr.fetchall()]
            if name in _INHERITED:
                self.env.cr.execute(SQL(_HAND_DOWN.format(**parts), ids=ids, **values))
                ids += [id_ for (id_,) in self.env.cr.fetchall()]
            if ids:
                written = partners.browse(ids)
                written.invalidate_recordset(flush=False)
                written.modified([name])
                changed.update(ids)
        self.env.cr.execute(SQL(_DONE, fix=self.id, state=state, after=after))
        self.env.flush_all()
        self.env["crm.quality.fix.line"].invalidate_model(flush=False)
        self.env["crm.quality.score"].sudo()._assess(changed)


class CrmQualityFixLine(models.Model):
    """One value of one customer, as it is and as it would be."""

    _name = "crm.quality.fix.line"
    _description = "Proposed Value"
    _inherit = ["crm.kept.mixin"]
    _order = "fix_id, id"
    _log_access = False

    fix_id = fields.Many2one(
        "crm.quality.fix", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    field = fields.Selection(
        [pair for pair in FIELDS if pair[0] in EDITABLE], required=True, readonly=True
    )
    code = fields.Char(readonly=True)
    old_value = fields.Char(string="Now", readonly=True)
    new_value = fields.Char(string="Then", readonly=True)
    take = fields.Boolean(default=True)
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("applied", "Written"),
            ("stale", "Changed Meanwhile"),
            ("undone", "Undone"),
        ],
        default="proposed",
        required=True,
        readonly=True,
    )

    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.old_value} → {line.new_value}"

    @api.model
    def _tell_kept(self, labels):
        return self.env._("A proposal is taken or left, not edited: %(x)s.", x=labels)
