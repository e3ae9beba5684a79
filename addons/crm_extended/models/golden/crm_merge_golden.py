from odoo import api, models
from odoo.tools import SQL

# The survivor's rows as they stood, in the journal: a merge that chooses overwrites
# even what a person had pinned.
JOURNAL = """
    INSERT INTO crm_merge_move (merge_id, kind, table_name, row_id, old_data)
    SELECT m.id, 'row', 'crm_golden', g.id, to_jsonb(g.*)
      FROM crm_merge m JOIN crm_golden g ON g.partner_id = m.partner_id
     WHERE m.id IN %s
"""
# what the merge left alone needs no journal
FORGET = """
    DELETE FROM crm_merge_move j
     WHERE j.merge_id IN %s AND j.kind = 'row' AND j.table_name = 'crm_golden'
       AND j.old_data = (SELECT to_jsonb(g.*) FROM crm_golden g WHERE g.id = j.row_id)
"""
# A source that was deleted meanwhile is not named again; what somebody decided about
# the field since then stays.
RETURN = """
    WITH back AS (
        INSERT INTO crm_golden
        SELECT (jsonb_populate_record(NULL::crm_golden, j.old_data
                   || jsonb_build_object('source_id', s.id, 'record_id', r.id,
                      'origin_partner_id', p.id, 'decided_by_id', u.id))).*
          FROM crm_merge_move j
     LEFT JOIN crm_source s ON s.id = (j.old_data ->> 'source_id')::int
     LEFT JOIN crm_source_record r ON r.id = (j.old_data ->> 'record_id')::int
     LEFT JOIN res_partner p ON p.id = (j.old_data ->> 'origin_partner_id')::int
     LEFT JOIN res_users u ON u.id = (j.old_data ->> 'decided_by_id')::int
         WHERE j.merge_id IN %(merges)s AND j.kind = 'row' AND j.outcome IS NULL
           AND j.table_name = 'crm_golden'
            ON CONFLICT DO NOTHING RETURNING id)
    UPDATE crm_merge_move j
       SET outcome = CASE WHEN b.id IS NULL THEN 'edited' ELSE 'back' END
      FROM crm_merge_move o LEFT JOIN back b ON b.id = o.row_id
     WHERE o.id = j.id AND j.merge_id IN %(merges)s AND j.kind = 'row'
       AND j.table_name = 'crm_golden' AND j.outcome IS NULL
"""


class Merge(models.Model):
    """A merge asks the survivorship rules, and tells where its values came from."""

    _inherit = "crm.merge"

    @api.model
    def _choose_values(self, groups, by_hand):
        """What stands on the records without a source must not be lost by the merge."""
        self.env["crm.golden"]._keep_members(groups)
        return super()._choose_values(groups, by_hand)

    def _unite(self, chosen):  # pylint: disable=missing-return
        self.env["crm.golden"].flush_model()
        self.env.cr.execute(SQL(JOURNAL, tuple(self.ids)))
        super()._unite(chosen)
        self.env.cr.execute(SQL(FORGET, tuple(self.ids)))

    def _write_values(self, chosen):
        changed = super()._write_values(chosen)
        self.env["crm.golden"]._keep_merged(chosen)
        return changed

    def _choose_again(self, sources, unedited):
        """What a record said that is taken out is not believed of the others."""
        if self:
            self._forget_golden(sources.partner_id.ids)
        return super()._choose_again(sources, unedited)

    def _take_apart(self, sources):
        """After an undo the rows are as if the merge never was."""
        whole = self.filtered(lambda merge: merge._is_whole(sources))
        result = super()._take_apart(sources)
        keys = [str(id_) for id_ in whole.partner_id.ids + sources.partner_id.ids]
        self.env["crm.golden"].flush_model()
        self.env["crm.source.record"].flush_model()
        if whole:
            whole._forget_golden()
        self.env.cr.execute(
            SQL(
                """DELETE FROM crm_source_record r USING crm_merge m, crm_source s
                   WHERE m.id = ANY(%s) AND s.id = r.source_id AND s.kind = 'manual'
                     AND r.key = ANY(%s) AND r.create_date = m.create_date
                     AND r.write_date = r.create_date""",
                list(self.ids),
                keys,
            )
        )
        if whole:
            self.env.cr.execute(SQL(RETURN, merges=tuple(whole.ids)))
        self.env["crm.golden"].invalidate_model()
        self.env["crm.source.record"].invalidate_model()
        return result

    def _forget_golden(self, origins=None):
        """Take away the rows these merges made, or only those from some records."""
        origin = SQL("g.origin_partner_id = ANY(%s)", list(origins or ()))
        self.env["crm.golden"].flush_model()
        self.env.cr.execute(
            SQL(
                """DELETE FROM crm_golden g USING crm_merge m
                   WHERE m.id = ANY(%s) AND g.partner_id = m.partner_id
                     AND g.decided_at = m.create_date AND %s""",
                list(self.ids),
                SQL("TRUE") if origins is None else origin,
            )
        )
        self.env["crm.golden"].invalidate_model()
