from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...quality.assess import Rule

# Fields of the customer that count, as files and people call them
FIELDS = [
    ("name", "Name"),
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("street", "Street"),
    ("zip", "Postcode"),
    ("city", "City"),
    ("country", "Country"),
    ("vat", "Tax Number"),
    ("lang", "Language"),
    ("website", "Web Site"),
    ("attribute", "An Attribute of the Profile"),
]
KINDS = [("person", "Person"), ("company", "Company")]


class CrmQualityRule(models.Model):
    """How much one field matters for one kind of customer, and how fast it ages."""

    _name = "crm.quality.rule"
    _description = "Weight in the Quality of Data"
    _order = "kind, weight desc, id"
    _rec_name = "field"

    kind = fields.Selection(
        KINDS, string="Of a", required=True, default="person", index=True
    )
    field = fields.Selection(FIELDS, required=True)
    attribute_id = fields.Many2one("crm.attribute", index=True, ondelete="cascade")
    weight = fields.Float(
        required=True,
        default=10,
        help="Against the other fields. 0: does not count",
    )
    half_life = fields.Integer(
        string="Half-Life (days)",
        help="After so many days without a confirmation the value is believed half as "
        "much. 0: it does not age",
    )
    active = fields.Boolean(default=True)

    _field_uniq = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (kind, field, attribute_id)",
        "This field of this kind of customer has a weight already.",
    )
    _weight_range = models.Constraint(
        "CHECK (weight BETWEEN 0 AND 1000)", "A weight is between 0 and 1000."
    )
    _half_life_range = models.Constraint(
        "CHECK (half_life BETWEEN 0 AND 36500)",
        "A half-life is between 0 and 36500 days.",
    )

    @api.constrains("field", "attribute_id")
    def _check_attribute(self):
        for rule in self:
            if (rule.field == "attribute") != bool(rule.attribute_id):
                raise ValidationError(
                    self.env._(
                        "Choose an attribute where the field says so, and nowhere else."
                    )
                )

    @api.depends("field", "attribute_id", "kind")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = rule._get_label()

    def _get_label(self):
        labels = dict(self._fields["field"]._description_selection(self.env))
        return self.attribute_id.name or labels.get(self.field)

    def _get_code(self):
        if self.attribute_id:
            return f"attribute:{self.attribute_id.code}"
        return self.field

    @api.model
    def _get_rules(self):
        """{whether for companies: rules as `quality.assess` wants them}"""
        found = {False: [], True: []}
        # sudo: one scale for everybody
        for rule in self.sudo().search([("weight", ">", 0)]):
            if not rule.attribute_id or rule.attribute_id.active:
                found[rule.kind == "company"].append(
                    Rule(rule._get_code(), rule.weight, rule.half_life)
                )
        return found


class CrmQualityBand(models.Model):
    """A range of the quality score with a name, as Good or Poor."""

    _name = "crm.quality.band"
    _description = "Band of Data Quality"
    _order = "minimum desc"

    name = fields.Char(required=True, translate=True)
    minimum = fields.Integer(required=True, help="Scores from this one on")
    color = fields.Integer()

    _minimum_uniq = models.Constraint(
        "UNIQUE (minimum)", "Another band begins with the same score."
    )
    _minimum_range = models.Constraint(
        "CHECK (minimum BETWEEN 0 AND 100)", "A score is between 0 and 100."
    )

    @api.model_create_multi
    def create(self, vals_list):
        bands = super().create(vals_list)
        self._sort_scores()
        return bands

    def write(self, vals):
        done = super().write(vals)
        if "minimum" in vals:
            self._sort_scores()
        return done

    def unlink(self):
        done = super().unlink()
        self._sort_scores()
        return done

    @api.model
    def _sort_scores(self):
        """Put all scores into the bands as they are now, in one statement."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE crm_quality_score s SET band_id = b.id
                   FROM (SELECT id, minimum, lead(minimum, 1, 101)
                                OVER (ORDER BY minimum) AS above
                           FROM crm_quality_band) b
                  WHERE s.score >= b.minimum AND s.score < b.above
                    AND s.band_id IS DISTINCT FROM b.id"""
            )
        )
        self.env["crm.quality.score"].invalidate_model(flush=False)
