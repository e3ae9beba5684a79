from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

# Score values stand side by side, one row a customer; the company's own value goes
# before a shared one.
GRID = """
    SELECT %(y)s AS y, %(x)s AS x, count(*), COALESCE(sum(measured.value), 0)::float8
      FROM %(rows)s AS rows
      JOIN %(columns)s AS columns USING (partner_id)
      LEFT JOIN %(measure)s AS measured USING (partner_id)
     GROUP BY 1, 2
    HAVING %(y)s IS NOT NULL AND %(x)s IS NOT NULL
"""


class SegmentPicture(models.AbstractModel):
    """A grid of two scores, such as recency by frequency, to choose customers from."""

    _inherit = "crm.segment.picture"

    @api.model
    @api.readonly
    def grid(self, row_score_id=None, column_score_id=None, value_score_id=None):
        """How many customers stand where on two scores, and what they are worth.

        Each score is parted into fifths of the customers, of which 5 is the best.

        :param row_score_id: score of the rows; None: recency, or the first score
        :param column_score_id: score of the columns; None: frequency, or the second
        :param value_score_id: score summed up in the cells; None: the lifetime value
        :return: ``{scores: [{id, name, code}], row, column, value, unit, cells: [{row,
            column, count, value}], customers}``; `row`, `column` and `value` are ids of
            scores or False
        :raises UserError: a score is not there
        """
        scores = self.env["crm.score"].search(Domain.TRUE)
        row, column, value = self._choose_scores(
            scores, row_score_id, column_score_id, value_score_id
        )
        cells = self._count_cells(row, column, value) if row and column else []
        return {
            "scores": [{"id": s.id, "name": s.name, "code": s.code} for s in scores],
            "row": row.id or False,
            "column": column.id or False,
            "value": value.id or False,
            "unit": value.unit or "",
            "cells": [
                {"row": y, "column": x, "count": count, "value": total}
                for y, x, count, total in cells
            ],
            "customers": sum(cell[2] for cell in cells),
        }

    @api.model
    def _choose_scores(self, scores, *chosen):
        found = []
        for value, code in zip(chosen, ("rfm_r", "rfm_f", "clv"), strict=True):
            if value:
                score = self._read_record("crm.score", value)
            else:
                score = scores.filtered(lambda s, code=code: s.code == code)
                if not score and code != "clv":
                    score = (scores - scores.union(*found))[:1]
            found.append(score)
        if found[0] and found[0] == found[1]:
            raise UserError(
                self.env._("Choose two different scores for rows and columns.")
            )
        return found

    @api.model
    def _count_cells(self, row, column, value):
        return self.env.execute_query(
            SQL(
                GRID,
                y=self._get_fifth(row, SQL("rows")),
                x=self._get_fifth(column, SQL("columns")),
                rows=self._get_score_table(row),
                columns=self._get_score_table(column),
                measure=self._get_score_table(value),
            )
        )

    @api.model
    def _get_score_table(self, score):
        """One value per visible customer; of no score, no value."""
        values = self.env["crm.score.value"]
        query = values._search(
            Domain("score_id", "in", score.ids)
            & Domain("company_id", "in", [self.env.company.id, False])
        )
        column = SQL.identifier
        names = ("partner_id", "company_id", "value")
        rows = query.select(*(column(query.table, name) for name in names))
        return SQL(
            "(SELECT DISTINCT ON (partner_id) partner_id, company_id, value "
            "FROM (%s) AS stored WHERE partner_id IN %s "
            "ORDER BY partner_id, company_id)",
            rows,
            self._get_customers().subselect(),
        )

    @api.model
    def _get_fifth(self, score, table):
        """SQL of the fifth that a value of the score is in, 5 being the best.

        As the condition of a segment reads it, so that it takes whom the picture shows.
        """
        cases = []
        for company, cuts in sorted((score.cuts or {}).items()):
            if not cuts:
                continue
            below = SQL(" + ").join(
                SQL("(%s.value > %s)::int", table, cut) for cut in cuts
            )
            fifth = SQL("%s + 1" if score.higher_is_better else "5 - (%s)", below)
            cases.append(SQL("WHEN %s THEN %s", int(company), fifth))
        if not cases:
            return SQL("NULL::int")
        return SQL(
            "CASE COALESCE(%s.company_id, 0) %s END", table, SQL(" ").join(cases)
        )

    # ------------------------------------------------------------------ cells

    @api.model
    def open_cells(self, row_score_id, column_score_id, cells):
        """Open the customers of some cells, given as [[row, column]]."""
        row, column, cells = self._read_cells(row_score_id, column_score_id, cells)
        places = Domain.OR(
            self._stands(row, y) & self._stands(column, x) for y, x in cells
        )
        name = f"{row.name} × {column.name}"
        return self._open_customers(places, name)

    @api.model
    def define_cells(self, row_score_id, column_score_id, cells):
        """Make a segment of the customers of these cells and open it.

        It is called by what it takes until somebody names it.
        """
        row, column, cells = self._read_cells(row_score_id, column_score_id, cells)
        condition = {
            "subject": "grid",
            "score_id": row.id,
            "second_id": column.id,
            "cells": cells,
        }
        several = len(self.env.user.company_ids) > 1
        segment = self.env["crm.segment"].create(
            {
                "name": f"{row.name} × {column.name}",
                "condition_ids": [(0, 0, condition)],
                # the picture shows this company's values
                "company_id": several and self.env.company.id,
            }
        )
        segment.name = segment.condition_ids.words or segment.name
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.segment",
            "res_id": segment.id,
            "name": segment.name,
            "views": [(False, "form")],
            "target": "current",
        }

    @api.model
    def _read_cells(self, row_score_id, column_score_id, cells):
        row = self._read_record("crm.score", row_score_id)
        column = self._read_record("crm.score", column_score_id)
        fifths = range(1, 6)
        if not isinstance(cells, list) or not 0 < len(cells) <= 25:
            raise UserError(self.env._("Pick cells of the grid first."))
        for cell in cells:
            if not isinstance(cell, list) or len(cell) != 2:
                raise UserError(self.env._("Pick cells of the grid first."))
            if any(type(place) is not int or place not in fifths for place in cell):
                raise UserError(self.env._("Pick cells of the grid first."))
        return row, column, cells

    @api.model
    def _stands(self, score, fifth):
        """Customers in a fifth of a score, for the company that reads."""
        bands = Domain("score_id", "=", score.id) & Domain("band", "=", str(fifth))
        bands &= Domain("company_id", "in", [self.env.company.id, False])
        return Domain("score_band_ids", "any", bands)
