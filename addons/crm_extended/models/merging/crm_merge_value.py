from odoo import api, fields, models


class CrmMergeValue(models.Model):
    """Which value the survivor got in a field, from whom and by which rule."""

    _name = "crm.merge.value"
    _inherit = "crm.kept.mixin"
    _description = "Chosen Value"
    _order = "merge_id, id"
    _log_access = False

    merge_id = fields.Many2one(
        "crm.merge", required=True, readonly=True, index=True, ondelete="cascade"
    )
    field_name = fields.Char(required=True, readonly=True)
    field_label = fields.Char(string="Field", compute="_compute_label")
    value = fields.Json(string="Chosen", readonly=True)
    before = fields.Json(string="Stood Before", readonly=True)
    value_text = fields.Char(string="Now", compute="_compute_label")
    before_text = fields.Char(string="Before", compute="_compute_label")
    partner_id = fields.Many2one(
        "res.partner", string="Taken From", readonly=True, ondelete="set null"
    )
    rule = fields.Char(string="Rule Code", readonly=True)
    rule_label = fields.Char(string="Rule", compute="_compute_label")

    def _tell_kept(self, labels):
        return self.env["crm.merge"]._tell_kept(labels)

    @api.depends("field_name", "value", "before", "rule")
    def _compute_label(self):
        partners = self.env["res.partner"]
        rules = self._rule_labels()
        for row in self:
            field = partners._fields.get(row.field_name)
            visible = field and partners._has_field_access(field, "read")
            row.field_label = (
                field._description_string(self.env) if field else row.field_name
            )
            row.rule_label = rules.get(row.rule, row.rule)
            row.value_text = visible and self._show(field, row.value)
            row.before_text = visible and self._show(field, row.before)

    @api.model
    def _rule_labels(self):
        """{code: label}; override to add the rules of another chooser."""
        labels = {
            "manual": self.env._("Chosen by hand"),
            "own": self.env._("The surviving record's own"),
            "filled": self.env._("Filled from the record changed last"),
            "sum": self.env._("Sum of all"),
            "union": self.env._("All of them together"),
        }
        if "crm.golden" in self.env:
            rule = self.env["crm.golden"]._fields.get("rule")
            if rule is not None and rule.type == "selection":
                labels |= dict(rule._description_selection(self.env))
        return labels

    @api.model
    def _show(self, field, value):
        """A stored value as a person reads it."""
        if value is None or value is False or value == "":
            return False
        if field.type == "many2one" and isinstance(value, int):
            record = self.env[field.comodel_name].browse(value).exists()
            return record.sudo().display_name if record else f"#{value}"
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        text = str(value)
        return text if len(text) <= 200 else text[:199] + "…"
