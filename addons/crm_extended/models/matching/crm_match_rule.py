from odoo import api, fields, models

from .crm_match_comparison import COLUMNS

KEYS = [("sound", "Sound of the Family Name"), *COLUMNS]
KEYS = [key for key in KEYS if key[0] != "address"]
PLACES = ("first", "second", "third")


class CrmMatchRule(models.Model):
    """Which pairs are looked at: those that agree on all values of some rule.

    Comparing everybody with everybody would take years. A good rule is narrow (few
    strangers share it) and the rules together miss nobody who has a typo or two.
    """

    _name = "crm.match.rule"
    _description = "Rule for Whom to Compare"
    _order = "sequence, id"

    setting_id = fields.Many2one(
        "crm.match.setting", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    first = fields.Selection(KEYS, required=True, string="Same")
    second = fields.Selection(KEYS, string="and Same")
    third = fields.Selection(KEYS, string="and Also Same")

    @api.depends(*PLACES)
    def _compute_display_name(self):
        names = dict(self._fields["first"]._description_selection(self.env))
        for rule in self:
            rule.display_name = " + ".join(names[key] for key in rule._get_columns())

    def _get_columns(self):
        """Names of the columns, each once, in one order for the same set."""
        self.ensure_one()
        return tuple(sorted({self[place] for place in PLACES if self[place]}))

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self._forget()
        return rules

    def write(self, vals):
        done = super().write(vals)
        if set(PLACES) & vals.keys():
            self._forget()
        return done

    def unlink(self):
        done = super().unlink()
        self._forget()
        return done

    @api.model
    def _forget(self):
        """Who shares a rule is to be found anew, and the rules to be read again."""
        self.env.registry.clear_cache()
        self.env["crm.match.key"]._mark_all()
