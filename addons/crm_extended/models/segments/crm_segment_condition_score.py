import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from .crm_score_value import BANDS

CELL = re.compile(r"([1-5])\s*[-x×/]?\s*([1-5])")


class CrmSegmentCondition(models.Model):
    """Looks at scores: a range, a fifth of the customers, cells of a grid of two.

    A segment of a company reads that company's values, or else the shared ones. A
    shared segment reads the shared values, or else those of the customer's own company,
    or else the newest; such a membership is then shown in that company only.
    """

    _inherit = "crm.segment.condition"

    subject = fields.Selection(
        selection_add=[("band", "Fifth by Score"), ("grid", "Grid of Two Scores")],
        ondelete={"band": "cascade", "grid": "cascade"},
    )
    score_id = fields.Many2one("crm.score", index=True, ondelete="cascade")
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
    band_from = fields.Selection(BANDS, string="From the Fifth", default="4")
    band_to = fields.Selection(BANDS, string="To the Fifth", default="5")
    second_id = fields.Many2one(
        "crm.score", string="And Score", index="btree_not_null", ondelete="cascade"
    )
    cells = fields.Json(
        help="Pairs of fifths of the first and the second score: [[5, 4], [5, 5]]"
    )

    cells_text = fields.Char(
        string="Cells Picked",
        compute="_compute_cells_text",
        inverse="_inverse_cells_text",
        help="Fifths of both scores, 5 the best: 5-4, 5-5",
    )

    @api.depends("cells")
    def _compute_cells_text(self):
        for condition in self:
            cells = condition._get_cells()
            condition.cells_text = ", ".join(f"{x}-{y}" for x, y in cells)

    @api.onchange("cells_text")
    def _inverse_cells_text(self):
        for condition in self:
            found = CELL.findall(condition.cells_text or "")
            condition.cells = [[int(x), int(y)] for x, y in found]

    @api.model
    def _get_definition_names(self):
        names = ["score_id", "kind", "minimum", "maximum", "band_from", "band_to"]
        return [*super()._get_definition_names(), *names, "second_id", "cells"]

    @api.constrains("kind", "minimum", "maximum")
    def _check_range(self):
        for condition in self.filtered("score_id"):
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

    @api.model
    def _prepare_created_values(self, vals):
        """A condition given with one end only is open at the other."""
        ends = {"minimum", "maximum"} & set(vals)
        if "kind" not in vals and len(ends) == 1:
            vals["kind"] = ends.pop()
        return super()._prepare_created_values(vals)

    # ------------------------------------------------------------------ values

    def _get_values(self, plan, score):
        """SQL table of the one value per customer that the condition looks at."""
        company = self.segment_id.company_id._origin.id
        if company:
            return SQL(
                """(SELECT DISTINCT ON (v.partner_id) v.partner_id, v.value,
                           v.company_id
                      FROM crm_score_value v
                     WHERE v.score_id = %s
                       AND (v.company_id = %s OR v.company_id IS NULL) AND %s
                     ORDER BY v.partner_id, v.company_id NULLS LAST)""",
                score._origin.id,
                company,
                plan.among(SQL("v.partner_id")),
            )
        return SQL(
            """(SELECT DISTINCT ON (v.partner_id) v.partner_id, v.value, v.company_id
                  FROM crm_score_value v
                  JOIN res_partner p ON p.id = v.partner_id
                 WHERE v.score_id = %s AND %s
                 ORDER BY v.partner_id, v.company_id IS NOT NULL,
                          v.company_id IS DISTINCT FROM p.company_id,
                          v.date DESC, v.company_id)""",
            score._origin.id,
            plan.among(SQL("v.partner_id")),
        )

    def _get_value(self, plan, score):
        """SQL value of the score and the company it is of."""
        plan.reads |= {f"score:{score._origin.id}", "customer.company_id"}
        key = (score._origin.id, self.segment_id.company_id._origin.id or 0)
        return plan.score(key, self._get_values(plan, score))

    def _get_band(self, plan, score):
        """SQL number of the fifth, 5 the best, NULL without value or cut points."""
        value, company = self._get_value(plan, score)
        cases = []
        for key, cuts in sorted((score._origin.cuts or {}).items()):
            if not cuts:
                continue
            below = SQL(" + ").join(SQL("(%s < %s)::int", cut, value) for cut in cuts)
            band = SQL("%s + 1" if score.higher_is_better else "5 - (%s)", below)
            cases.append(SQL("WHEN %s THEN %s", int(key), band))
        if not cases:
            return SQL("NULL::int")
        return SQL(
            "CASE WHEN %s IS NOT NULL THEN CASE COALESCE(%s, 0) %s END END",
            value,
            company,
            SQL(" ").join(cases),
        )

    # ------------------------------------------------------------------ a range

    def _check_score(self):
        if not self.score_id:
            raise UserError(self.env._("Choose the score that the condition looks at."))

    def _test_score(self, plan):
        value, _company = self._get_value(plan, self.score_id)
        match self.kind:
            case "missing":
                return SQL("%s IS NULL", value)
            case "minimum":
                return SQL("%s >= %s", value, self.minimum)
            case "maximum":
                return SQL("%s <= %s", value, self.maximum)
        return SQL("%s BETWEEN %s AND %s", value, self.minimum, self.maximum)

    def _held_score(self, plan, test):
        """SQL text of the value that decided, as R 5."""
        if self.kind == "missing":
            return SQL("%s", self._describe())
        return self._tell_value(plan, self.score_id)

    def _tell_value(self, plan, score):
        value, _company = self._get_value(plan, score)
        return SQL(
            "%s || trim_scale(round(%s::numeric, %s))::text || %s",
            f"{score.name} ",
            value,
            score.decimals,
            f" {score.unit}" if score.unit else "",
        )

    def _describe_score(self):
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

    # ------------------------------------------------------------------ fifths

    def _check_band(self):
        self._check_score()
        if not (self.band_from and self.band_to) or self.band_from > self.band_to:
            raise UserError(
                self.env._(
                    "%(score)s: choose the fifths from the lower to the higher one.",
                    score=self.score_id.name,
                )
            )

    def _test_band(self, plan):
        band = self._get_band(plan, self.score_id)
        return SQL("%s BETWEEN %s AND %s", band, int(self.band_from), int(self.band_to))

    def _held_band(self, plan, test):
        return self._tell_value(plan, self.score_id)

    def _describe_band(self):
        names = dict(self._fields["band_from"]._description_selection(self.env))
        told = [names[band] for band in dict.fromkeys((self.band_from, self.band_to))]
        return f"{self.score_id.name}: {' – '.join(told)}"

    # ------------------------------------------------------------------ a grid

    def _check_grid(self):
        self._check_score()
        if not self.second_id or self.second_id == self.score_id:
            raise UserError(self.env._("Choose two different scores for the grid."))
        if not self._get_cells():
            raise UserError(
                self.env._(
                    "Pick the cells of the grid: pairs of fifths from 1 to 5, as "
                    "5-4, 5-5."
                )
            )

    def _get_cells(self):
        """Sorted pairs of fifths; nothing when any of them is none."""
        cells = self.cells if isinstance(self.cells, list) else []
        for cell in cells:
            if not (
                isinstance(cell, list)
                and len(cell) == 2
                and all(type(band) is int and 1 <= band <= 5 for band in cell)
            ):
                return []
        return sorted({tuple(cell) for cell in cells})

    def _test_grid(self, plan):
        first = self._get_band(plan, self.score_id)
        second = self._get_band(plan, self.second_id)
        places = [x * 10 + y for x, y in self._get_cells()]
        return SQL("%s * 10 + %s = ANY(%s)", first, second, places)

    def _held_grid(self, plan, test):
        return SQL(
            "%s || ', ' || %s",
            self._tell_value(plan, self.score_id),
            self._tell_value(plan, self.second_id),
        )

    def _describe_grid(self):
        cells = ", ".join(f"{x}×{y}" for x, y in self._get_cells())
        return self.env._(
            "%(first)s × %(second)s in the fifths %(cells)s",
            first=self.score_id.name,
            second=self.second_id.name,
            cells=cells,
        )
