from odoo import api, models

from ...merging import history, statements, undoing

LISTED = 200  # rows per place shown before an undo; the count is exact


class CrmMergeJudging(models.Model):
    """What an undo could not bring back, looked at before anything is undone."""

    _inherit = "crm.merge"

    def _judge_undo(self, sources=None):
        """What an undo could not bring back, nothing changed.

        :returns: list of {"label", "table", "column", "row_id", "reason", "current",
            "count"}; at most `LISTED` rows per place, `count` of them in all
        """
        self.env.flush_all()
        sources = self._undoable(sources)
        self._undo_waves(sources)
        self.sudo()._fill_back(sources.sudo())
        found = []
        for kind, ref in self._places_back():
            judge = (
                statements.judge_return
                if kind == "moved"
                else statements.judge_json_return
            )
            found += self._judged(
                f"{judge(ref)} SELECT _row, _reason, _current, count(*) OVER () "
                "FROM judged WHERE _reason IS NOT NULL",
                ref.table.name,
                ref.column,
            )
        found += self._judged(
            "SELECT row_id, reason, current, count(*) OVER (), column_name FROM "
            f"({undoing.JUDGE_VALUES}) v WHERE reason IS NOT NULL",
            "res_partner",
        )
        found += self._judged(
            "SELECT row_id, reason, current, count(*) OVER () FROM "
            f"({undoing.JUDGE_POINTS}) v WHERE reason IS NOT NULL",
            "loyalty_card",
            "points",
        )
        found += self._judged(
            "SELECT row_id, reason, NULL, count(*) OVER () FROM "
            f"({history.JUDGE}) v WHERE reason IS NOT NULL",
            "crm_segment_member",
        )
        return found

    @api.model
    def _judged(self, query, table, column=""):
        # pylint: disable-next=sql-injection; the queries are our own constants
        self.env.cr.execute(f"{query} LIMIT {LISTED}")
        rows = self.env.cr.fetchall()
        label = self.env["crm.merge.move"]._table_label(table)
        return [
            {
                "label": label,
                "table": table,
                "column": rest[0] if rest else column,
                "row_id": row_id,
                "reason": reason,
                "current": current,
                "count": count,
            }
            for row_id, reason, current, count, *rest in rows
        ]
