from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...intake.values import clean_text
from .crm_quality_rule import FIELDS
from .quality_words import CODES, REMEDIES

STATES = [
    ("open", "Open"),
    ("snoozed", "Later"),
    ("skipped", "Skipped"),
    ("fixed", "Fixed"),
]
SEVERITIES = [("1", "Hint"), ("2", "Fault"), ("3", "Error")]
EDITABLE = {name: name for name, _label in FIELDS if name != "attribute"}
EDITABLE["country"] = "country_id"
LONGEST = 512


class CrmQualityFault(models.Model):
    """One thing wrong with one field of one customer, to be fixed next or skipped.

    Rows are written in sets by the assessment. A fault that a person skipped stays
    skipped while the field's value is as it was then.
    """

    _name = "crm.quality.fault"
    _description = "Fault in Customer Data"
    _order = "priority desc, id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    code = fields.Selection(CODES, string="What is Wrong", required=True, readonly=True)
    field = fields.Selection("_select_field", required=True, readonly=True)
    remedy = fields.Char(string="What to Do", compute="_compute_remedy")
    severity = fields.Selection(SEVERITIES, required=True, readonly=True)
    priority = fields.Float(
        readonly=True,
        aggregator="max",
        help="How bad it is, times how much the customer is worth to us",
    )
    found_value = fields.Char(readonly=True, help="The value that was found wrong")
    proposal = fields.Char(readonly=True)
    value = fields.Char(
        compute="_compute_value",
        inverse="_inverse_value",
        help="The customer's own field: what you write here is written there",
    )
    is_editable = fields.Boolean(compute="_compute_is_editable")
    state = fields.Selection(STATES, required=True, readonly=True, default="open")
    until = fields.Date(string="Again On", readonly=True)
    found_at = fields.Datetime(string="Found", readonly=True)
    fixed_at = fields.Datetime(readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Dealt with by",
        readonly=True,
        ondelete="set null",
    )

    _fault_uniq = models.Constraint(
        "UNIQUE (partner_id, field, code)", "The customer has this fault already."
    )
    _open_idx = models.Index("(priority DESC, id) WHERE state = 'open'")

    @api.model
    def _select_field(self):
        """The fields that have a weight, and the attributes of the profile."""
        rule = self.env["crm.quality.rule"]._fields["field"]
        attributes = self.env["crm.attribute"].with_context(active_test=False)
        return [
            *(p for p in rule._description_selection(self.env) if p[0] != "attribute"),
            *((f"attribute:{one.code}", one.name) for one in attributes.search([])),
        ]

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_remedy(self):
        for fault in self:
            remedy = REMEDIES.get(fault.code)
            fault.remedy = self.env._(remedy) if remedy else False

    @api.depends("field")
    def _compute_is_editable(self):
        for fault in self:
            fault.is_editable = fault.field in EDITABLE

    def _get_label(self):
        """The field's name in the user's language."""
        labels = dict(self._fields["field"]._description_selection(self.env))
        return labels.get(self.field, self.field)

    @api.depends("field", "partner_id")
    def _compute_value(self):
        for fault in self:
            name = EDITABLE.get(fault.field)
            value = fault.partner_id[name] if name else False
            fault.value = value.display_name if name == "country_id" else value

    def _compute_display_name(self):
        for fault in self:
            fault.display_name = f"{fault.partner_id.name}: {fault._get_label()}"

    def _inverse_value(self):
        """What is written into the list goes to the customer, and is looked at."""
        for fault in self:
            fault._write_value(fault.value)
        self._look_again()

    # ------------------------------------------------------------------ writing

    @api.model
    def _check_steward(self):
        if not self.env.user.has_group("crm_extended.group_steward"):
            raise AccessError(
                self.env._("Only data stewards mend the data of customers here.")
            )

    def write(self, vals):
        """A client writes the value of the field and nothing else."""
        if not self.env.su and vals.keys() - {"value"}:
            raise AccessError(
                self.env._("Faults follow from the data. Mend the value instead.")
            )
        return super().write(vals)

    def _write_value(self, text):
        """Write the customer's field in the user's own name."""
        self.ensure_one()
        name = EDITABLE.get(self.field)
        if not name:
            raise UserError(
                self.env._(
                    "%(field)s is filled in on the customer's page Profile.",
                    field=self._get_label(),
                )
            )
        value = self._read_text(text)
        if name == "country_id":
            value = self._find_country(value).id
        if name == "name" and not value:
            raise UserError(self.env._("A customer needs a name."))
        self.partner_id.write({name: value})

    def _read_text(self, text):
        if not text:
            return False
        if not isinstance(text, str) or "\0" in text or len(text) > LONGEST:
            raise UserError(
                self.env._(
                    "%(field)s takes one line of at most %(limit)s characters.",
                    field=self._get_label(),
                    limit=LONGEST,
                )
            )
        return " ".join(clean_text(text, LONGEST).split()) or False

    def _find_country(self, text):
        countries = self.env["res.country"]
        if not text:
            return countries
        found = countries.search([("code", "=ilike", text)], limit=1)
        found = found or countries.search([("name", "=ilike", text)], limit=1)
        if not found:
            raise UserError(
                self.env._(
                    "No country is called %(text)s. Write its name, or its two-letter "
                    "code as CZ.",
                    text=text[:80],
                )
            )
        return found

    def _look_again(self):
        self.env["crm.quality.score"].sudo()._assess(self.partner_id.ids)
        self.invalidate_recordset()

    # ------------------------------------------------------------------ buttons

    def action_take_proposal(self):
        """Write the proposal into the customer's field."""
        self._check_steward()
        for fault in self.filtered(lambda f: f.proposal and f.state != "fixed"):
            fault._write_value(fault.proposal)
        self._look_again()
        return True

    def action_confirm(self):
        """Say that the value, though old, is still right."""
        self._check_steward()
        self.partner_id.check_access("write")
        self.env["crm.quality.score"].sudo()._confirm(self.partner_id.ids)
        self._look_again()
        return True

    def action_skip(self):
        """Leave it as it is, while the value is as it is."""
        return self._set_aside("skipped", False)

    def action_snooze(self, days=30):
        """Show it again after some days."""
        self._check_steward()
        if isinstance(days, bool) or days not in range(1, 731):
            raise UserError(self.env._("Put it off by 1 to 730 days."))
        today = fields.Date.context_today(self)
        return self._set_aside("snoozed", today + timedelta(days=int(days)))

    def action_reopen(self):
        """Put it back on the list."""
        return self._set_aside("open", False)

    def _set_aside(self, state, until):
        self._check_steward()
        self.check_access("read")
        mine = self.filtered(lambda f: f.state != "fixed").sudo()
        mine.write({"state": state, "until": until, "user_id": self.env.uid})
        return True

    def action_open_partner(self):
        """Open the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    def action_normalise(self):
        """Open what could be normalised at once, for a look before it is written."""
        self._check_steward()
        fix = self.env["crm.quality.fix"]._propose(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.quality.fix",
            "res_id": fix.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------ housekeeping

    @api.autovacuum
    def _gc_fixed(self):
        """What was fixed is remembered for a quarter, so that work can be seen."""
        old = self.search(
            [("state", "=", "fixed"), ("fixed_at", "<", "-90d")], limit=10_000
        )
        old.unlink()
        return len(old), int(len(old) == 10_000)
