import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...merging import ledger, statements

_logger = logging.getLogger(__name__)

DAYS = 3  # a form that was open before the merge is saved or closed by then
PART = 500  # merges of one transaction

# A row that stayed for its reason at the merge stays for the same one now.
TWICE = """
    DELETE FROM crm_merge_move j
     WHERE j.id > %(last)s AND j.kind = 'kept' AND j.merge_id IN %(merges)s
       AND EXISTS (SELECT FROM crm_merge_move o
                    WHERE o.id <= %(last)s AND o.kind = 'kept'
                      AND o.source_id = j.source_id AND o.table_name = j.table_name
                      AND o.column_name = j.column_name
                      AND o.row_id IS NOT DISTINCT FROM j.row_id)
"""


class CrmMergeLate(models.Model):
    """What was booked for a merged record after its merge is brought over, too.

    A form that stood open, a file with old numbers, a partner's system: they name the
    archived record. What is brought over stands in the journal and goes back with it.
    """

    _inherit = "crm.merge"

    def _bring_over(self):
        """Move what refers to the merged records by now.

        :return: number of references that moved
        """
        merges = self.filtered(lambda merge: merge.state != "undone").sudo()
        merges = merges.filtered("partner_id.active")
        sources = merges.source_ids.filtered(lambda row: row.state == "merged")
        if not sources:
            return 0
        self.env.flush_all()
        self._lock((merges.partner_id | sources.partner_id).ids)
        self.env.cr.execute("SELECT coalesce(max(id), 0) FROM crm_merge_move")
        [(last,)] = self.env.cr.fetchall()
        merges._fill_map()
        self.env.cr.execute(
            """DELETE FROM crm_merge_map m USING crm_merge_source s
                WHERE s.id = m.merge_source_id AND s.state <> 'merged'"""
        )
        self._execute(ledger.SNAPSHOT)
        self._execute(ledger.DEBTORS)
        self._hold_entries()
        parents = self._parent_references()
        for ref in (*self._references(), *self._property_references()):
            if ref not in parents:
                self._execute(statements.move(ref))
        for table in self._tables_with_entity():
            self._execute(ledger.commercial(table))
        self.env.cr.execute(SQL(TWICE, last=last, merges=tuple(merges.ids)))
        self.env.cr.execute(
            SQL(
                "SELECT count(*) FROM crm_merge_move WHERE id > %s AND merge_id IN %s "
                "AND kind IN ('moved', 'json')",
                last,
                tuple(merges.ids),
            )
        )
        [(moved,)] = self.env.cr.fetchall()
        self.env.invalidate_all(flush=False)
        if moved:
            self._recompute_mirrors(merges.partner_id)
        return moved

    def action_bring_over(self):
        """Bring over what was booked for the merged records since the merge.

        :returns: a notification that says how much
        """
        self._check_may_merge()
        self.check_access("read")
        self.partner_id.check_access("write")
        moved = self._bring_over()
        told = self.env._("Nothing was booked for the merged records since the merge.")
        if moved:
            told = self.env._("%(count)s references were brought over.", count=moved)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": told,
                "type": "success" if moved else "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _cron_bring_over(self):
        """What forms that stood open during a merge were saved with."""
        since = fields.Datetime.now() - timedelta(days=DAYS)
        late = self.sudo().search([("date", ">", since), ("state", "!=", "undone")])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(late))
        for start in range(0, len(late), PART):
            part = late[start : start + PART]
            try:
                with self.env.cr.savepoint():
                    part._bring_over()
            except UserError:  # somebody works on one of them: the next night
                _logger.info("Merges %s are looked at tomorrow", part.ids)
            if not cron._commit_progress(len(part)):
                break
