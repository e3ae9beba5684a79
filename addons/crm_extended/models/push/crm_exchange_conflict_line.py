from odoo import api, fields, models

from .crm_exchange_conflict import CHOICES, WHOLE


class ExchangeConflictLine(models.Model):
    """One contested field: what was agreed, what the partner says, what stands here."""

    _name = "crm.exchange.conflict.line"
    _inherit = "crm.kept.mixin"
    _description = "Contested Field"
    _order = "conflict_id, id"

    conflict_id = fields.Many2one(
        "crm.exchange.conflict",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", related="conflict_id.company_id", store=True, readonly=True
    )
    name = fields.Char(string="Field", required=True, readonly=True)
    label = fields.Char(string="What", compute="_compute_label")
    base = fields.Json(readonly=True)
    mine = fields.Json(readonly=True)
    theirs = fields.Json(readonly=True)
    base_text = fields.Char(string="Agreed Before", compute="_compute_texts")
    mine_text = fields.Char(string="Partner's Value", compute="_compute_texts")
    theirs_text = fields.Char(string="Our Value", compute="_compute_texts")
    theirs_source = fields.Char(string="Ours Is From", readonly=True)
    theirs_at = fields.Datetime(string="Since", readonly=True)
    choice = fields.Selection(CHOICES, help="Which of the two is right")

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "Only the choice is yours here, not: %(fields)s.", fields=labels
        )

    def action_choose_mine(self):
        """The partner's value is right."""
        self.write({"choice": "mine"})
        return True

    def action_choose_theirs(self):
        """Our value is right."""
        self.write({"choice": "theirs"})
        return True

    @api.depends("name", "conflict_id.entity")
    @api.depends_context("lang")
    def _compute_label(self):
        entities = self.env["crm.exchange"]._entities()
        for line in self:
            line.label = line._get_label(entities.get(line.conflict_id.entity))

    def _get_label(self, entity):
        if self.name == WHOLE:
            return self.env._("The whole record")
        declared = entity and entity.by_name.get(self.name)
        field = declared and self.env[entity.model]._fields.get(declared.column)
        return field._description_string(self.env) if field else self.name

    @api.depends("base", "mine", "theirs", "name")
    @api.depends_context("lang")
    def _compute_texts(self):
        for line in self:
            if line.name == WHOLE:
                line.base_text = False
                line.mine_text = self.env._("Delete it")
                line.theirs_text = self.env._("Keep it, changed since")
                continue
            for name in ("base", "mine", "theirs"):
                line[f"{name}_text"] = line._show(line[name])

    def _show(self, value):
        if value is None or value is False and self.base is not True:
            return self.env._("No") if value is False and self.mine is True else ""
        if isinstance(value, bool):
            return self.env._("Yes") if value else self.env._("No")
        return str(value)
