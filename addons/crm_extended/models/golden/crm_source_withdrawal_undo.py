from collections import defaultdict

from markupsafe import Markup

from odoo import models
from odoo.tools import SQL
from odoo.tools.sql import column_exists

from .crm_source_withdrawal_work import _BATCH


class SourceWithdrawal(models.Model):
    """A withdrawal is put back: rows as they were, values where they still stand."""

    _inherit = "crm.source.withdrawal"

    def _put_back(self):
        self.source_id.sudo().active = True
        archived = self._count_lines("archived")
        stuck = archived - len(self._archive("archived", active=True))
        stuck += sum(self._restore(table) for table in self._get_tables())
        self.env.invalidate_all()
        back, changed = self._sort_values()
        golden = self.env["crm.golden"].sudo()
        ids = list(back)
        for start in range(0, len(ids), _BATCH):
            batch = {id_: back[id_] for id_ in ids[start : start + _BATCH]}
            golden._write_changes(batch, side=0)
            golden._keep(golden._decide({id_: set(v) for id_, v in batch.items()}))
            self.env.flush_all()
        self.env["crm.source.withdrawal.row"].sudo().search(
            [("withdrawal_id", "=", self.id)]
        ).unlink()
        return {"stuck_count": stuck + changed}

    def _count_lines(self, what):
        lines = self.env["crm.source.withdrawal.line"].sudo()
        return lines.search_count(
            [("withdrawal_id", "=", self.id), ("what", "=", what)]
        )

    def _restore(self, table):
        """Rows as they were; those of a customer merged since go to the one it is now.

        :return: number of rows that could not go back
        """
        self.env.flush_all()
        is_merging = column_exists(self.env.cr, "res_partner", "merged_into_id")
        now_is = SQL("COALESCE(p.merged_into_id, p.id)") if is_merging else SQL("p.id")
        self.env.cr.execute(
            SQL(
                """
                WITH rows AS (
                    SELECT w.data || jsonb_build_object('partner_id', %(now_is)s)
                        AS data
                    FROM crm_source_withdrawal_row w
                    LEFT JOIN res_partner p ON p.id = w.partner_id
                    WHERE w.withdrawal_id = %(id)s AND w."table" = %(name)s
                      AND (w.partner_id IS NULL OR p.id IS NOT NULL)
                ), restored AS (
                    INSERT INTO %(table)s
                    SELECT (jsonb_populate_record(NULL::%(table)s, data)).* FROM rows
                    ON CONFLICT DO NOTHING RETURNING id
                )
                SELECT (SELECT count(*) FROM crm_source_withdrawal_row
                        WHERE withdrawal_id = %(id)s AND "table" = %(name)s)
                     - (SELECT count(*) FROM restored)
                """,
                now_is=now_is,
                id=self.id,
                name=table,
                table=SQL.identifier(table),
            )
        )
        [(left,)] = self.env.cr.fetchall()
        return left

    def _sort_values(self):
        """Values that still stand as the withdrawal left them, and how many do not.

        :return: partner id -> {field: (before, after)}, number
        """
        golden = self.env["crm.golden"].sudo()
        lines = self.env["crm.source.withdrawal.line"].sudo()
        lines = lines.search(
            [("withdrawal_id", "=", self.id), ("what", "in", ("changed", "emptied"))]
        )
        lines.partner_id.fetch(sorted(set(lines.mapped("field"))))
        back, changed = defaultdict(dict), 0
        for line in lines:
            value = golden._read_value(line.partner_id, line.field)
            if golden._is_same(line.field, value, line.after):
                back[line.partner_id.id][line.field] = (line.before, line.after)
            else:
                changed += 1
        return back, changed

    def _make_outlook(self):
        """What an undo would not put back comes first."""
        _back, changed = self._sort_values()
        [(active,)] = self.env.execute_query(
            SQL(
                """SELECT count(*) FROM crm_source_withdrawal_line l
                   JOIN res_partner p ON p.id = l.partner_id
                   WHERE l.withdrawal_id = %s AND l.what = 'archived' AND p.active""",
                self.id,
            )
        )
        rows = self.env["crm.source.withdrawal.row"].sudo()
        kept = rows.search_count([("withdrawal_id", "=", self.id)])
        texts = [
            self.env._("%(count)s values changed since and stay.", count=changed),
            self.env._("%(count)s customers are active again already.", count=active),
            self.env._("%(count)s rows of the source come back.", count=kept),
        ]
        return Markup("<ul>%s</ul>") % Markup().join(
            Markup("<li>%s</li>") % text for text in texts
        )
