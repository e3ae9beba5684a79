from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class CrmSegmentCondition(models.Model):
    """A range that a score of the customer must lie in, both ends included.

    A segment of a company reads that company's values, or else the shared ones. A
    shared segment reads the shared values, or else those of the customer's own company,
    or else the newest; such a membership is then shown in that company only.
    """

    _name = "crm.segment.condition"
    _description = "Score Condition of a Segment"
    _order = "segment_id, sequence, id"

    segment_id = fields.Many2one(
        "crm.segment", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    score_id = fields.Many2one(
        "crm.score", required=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("range", "is between"),
            ("minimum", "is at least"),
            ("maximum", "is at most"),
            ("missing", "has no value"),
        ],
        string="Condition",
        default="range",
        required=True,
    )
    minimum = fields.Float(string="From", help="Lowest value that still fits")
    maximum = fields.Float(string="To", help="Highest value that still fits")
    company_id = fields.Many2one(related="segment_id.company_id", store=True)

    @api.constrains("kind", "minimum", "maximum")
    def _check_range(self):
        for condition in self:
            if condition.kind == "range" and condition.minimum > condition.maximum:
                raise ValidationError(
                    self.env._(
                        "%(score)s cannot be between %(minimum)s and %(maximum)s: the "
                        "first number must be the lower one.",
                        score=condition.score_id.name,
                        minimum=condition._format(condition.minimum),
                        maximum=condition._format(condition.maximum),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """A condition given with one end only is open at the other."""
        for vals in vals_list:
            ends = {"minimum", "maximum"} & set(vals)
            if "kind" not in vals and len(ends) == 1:
                vals["kind"] = ends.pop()
        conditions = super().create(vals_list)
        conditions.segment_id._sign_definition()
        return conditions

    def write(self, vals):
        self.segment_id._sign_definition()  # before: the line may move elsewhere
        result = super().write(vals)
        self.segment_id._sign_definition()
        return result

    def unlink(self):
        segments = self.segment_id
        result = super().unlink()
        segments._sign_definition()
        return result

    # ------------------------------------------------------------------ SQL

    def _get_values(self):
        """SQL table of the one value per customer that the condition looks at."""
        self.ensure_one()
        company = self.segment_id.company_id._origin.id
        score = self.score_id._origin.id
        if company:
            return SQL(
                """(SELECT DISTINCT ON (partner_id) partner_id, value, company_id
                      FROM crm_score_value
                     WHERE score_id = %s AND (company_id = %s OR company_id IS NULL)
                     ORDER BY partner_id, company_id NULLS LAST)""",
                score,
                company,
            )
        return SQL(
            """(SELECT DISTINCT ON (v.partner_id) v.partner_id, v.value, v.company_id
                  FROM crm_score_value v
                  JOIN res_partner p ON p.id = v.partner_id
                 WHERE v.score_id = %s
                 ORDER BY v.partner_id, v.company_id IS NOT NULL,
                          v.company_id IS DISTINCT FROM p.company_id,
                          v.date DESC, v.company_id)""",
            score,
        )

    def _get_key(self):
        """Conditions with the same key look at the same values."""
        return self.score_id.id, self.segment_id.company_id.id or 0

    def _prepare_values(self):
        """Lay the values of all these conditions side by side, a customer a row.

        Each segment of a refresh then reads one narrow table instead of joining
        millions of score values again.

        :return: dict of (value, company) SQL columns by `_get_key`, of the temporary
            table `crm_segment_base`
        """
        keys = {condition._get_key(): condition for condition in self}
        columns, selected, joins = {}, [SQL("p.id AS partner_id")], []
        for place, (key, condition) in enumerate(keys.items()):
            table = SQL.identifier(f"t{place}")
            names = [SQL.identifier(f"{kind}{place}") for kind in ("value", "company")]
            columns[key] = tuple(SQL("base.%s", name) for name in names)
            selected.append(SQL("%s.value AS %s", table, names[0]))
            selected.append(SQL("%s.company_id AS %s", table, names[1]))
            joins.append(
                SQL(
                    "LEFT JOIN %s AS %s ON %s.partner_id = p.id",
                    condition._get_values(),
                    table,
                    table,
                )
            )
        self.env.cr.execute("DROP TABLE IF EXISTS pg_temp.crm_segment_base")
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE crm_segment_base ON COMMIT DROP AS "
                "SELECT %s FROM res_partner p %s",
                SQL(", ").join(selected),
                SQL(" ").join(joins),
            )
        )
        self.env.cr.execute("ANALYZE pg_temp.crm_segment_base")
        return columns

    def _get_test(self, value):
        """SQL test of one customer's value, itself given as SQL."""
        match self.kind:
            case "missing":
                return SQL("%s IS NULL", value)
            case "minimum":
                return SQL("%s >= %s", value, self.minimum)
            case "maximum":
                return SQL("%s <= %s", value, self.maximum)
        return SQL("%s BETWEEN %s AND %s", value, self.minimum, self.maximum)

    # ------------------------------------------------------------------ in words

    def _get_words(self, value):
        """SQL text of the value that decided, as R 5; NULL where the test fails."""
        if self.kind == "missing":
            words = SQL("%s", self._describe())
        else:
            unit = f" {self.score_id.unit}" if self.score_id.unit else ""
            words = SQL(
                "%s || trim_scale(round(%s::numeric, %s))::text || %s",
                f"{self.score_id.name} ",
                value,
                self.score_id.decimals,
                unit,
            )
        return SQL("CASE WHEN %s THEN %s END", self._get_test(value), words)

    def _describe(self):
        """The condition in words: R 4 to 5."""
        name = self.score_id.name
        low, high = self._format(self.minimum), self._format(self.maximum)
        match self.kind:
            case "missing":
                return self.env._("no %(score)s", score=name)
            case "minimum":
                return self.env._("%(score)s at least %(low)s", score=name, low=low)
            case "maximum":
                return self.env._("%(score)s at most %(high)s", score=name, high=high)
        if low == high:
            return f"{name} {low}"
        return self.env._(
            "%(score)s %(low)s to %(high)s", score=name, low=low, high=high
        )

    def _format(self, number):
        text = f"{number:.{self.score_id.decimals}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
