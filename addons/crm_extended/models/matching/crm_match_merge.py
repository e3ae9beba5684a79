from odoo import api, fields, models
from odoo.tools import SQL

# Who a record is now: itself, or the one that it was merged into.
PAIRS = """
    SELECT m.*, least(l.now_id, r.now_id) AS low, greatest(l.now_id, r.now_id) AS high
      FROM crm_match m
      JOIN LATERAL (SELECT coalesce(p.merged_into_id, p.id) AS now_id
                      FROM res_partner p WHERE p.id = m.partner_id) l ON true
      JOIN LATERAL (SELECT coalesce(p.merged_into_id, p.id) AS now_id
                      FROM res_partner p WHERE p.id = m.other_id) r ON true
     WHERE m.partner_id IN %(ids)s OR m.other_id IN %(ids)s
"""
# Both are one now, whoever merged them and by which door.
CLOSE = """
    UPDATE crm_match m
       SET state = 'merged', before = m.state, merge_id = s.merge_id, cluster = NULL,
           decided_by_id = %(uid)s, decided_at = now() AT TIME ZONE 'UTC'
      FROM (%(pairs)s) n, crm_merge_source s
     WHERE n.id = m.id AND n.low = n.high AND m.state <> 'merged'
       AND s.partner_id IN (m.partner_id, m.other_id) AND s.merge_id IN %(merges)s
    RETURNING m.setting_id
"""
# What was said of a record that went into another one holds for that one.
INHERIT = """
    INSERT INTO crm_match AS m (partner_id, other_id, company_id, weight, probability,
                           evidence, automatic, setting_id, found_at, state, before,
                           merge_id, decided_by_id, decided_at, note)
    SELECT DISTINCT ON (n.low, n.high) n.low, n.high, n.company_id, n.weight,
           n.probability, n.evidence, false, n.setting_id, n.found_at, 'distinct',
           'none', s.merge_id, n.decided_by_id, n.decided_at, n.note
      FROM (%(pairs)s) n
      JOIN crm_merge_source s ON s.merge_id IN %(merges)s
       AND s.partner_id IN (n.partner_id, n.other_id)
     WHERE n.state = 'distinct' AND n.low <> n.high
     ORDER BY n.low, n.high, n.id
    ON CONFLICT (partner_id, other_id) DO UPDATE
       SET state = 'distinct', before = m.state, merge_id = EXCLUDED.merge_id,
           decided_by_id = EXCLUDED.decided_by_id, decided_at = EXCLUDED.decided_at,
           note = EXCLUDED.note, cluster = NULL
     WHERE m.state IN ('pending', 'later')
    RETURNING setting_id
"""
# A merge that no longer holds says nothing; what a person decided since stays.
REOPEN = """
    UPDATE crm_match m
       SET state = m.before, before = NULL, merge_id = NULL,
           decided_by_id = CASE WHEN m.before = 'distinct' THEN m.decided_by_id END,
           decided_at = CASE WHEN m.before = 'distinct' THEN m.decided_at END
      FROM (%(pairs)s) n
     WHERE n.id = m.id AND m.merge_id IN %(merges)s AND %(void)s
       AND m.before <> 'none'
    RETURNING m.setting_id
"""
DROP = """
    DELETE FROM crm_match m USING (%(pairs)s) n
     WHERE n.id = m.id AND m.merge_id IN %(merges)s AND %(void)s AND m.before = 'none'
    RETURNING m.setting_id
"""
VOID = SQL("""(
    m.state = 'merged' AND n.low <> n.high
    OR m.state = 'distinct' AND NOT EXISTS (
        SELECT FROM crm_match o
          JOIN res_partner ol ON ol.id = o.partner_id
          JOIN res_partner oe ON oe.id = o.other_id
         WHERE o.state = 'distinct' AND o.merge_id IS NULL AND o.id <> m.id
           AND (ol.id IN (m.partner_id, m.other_id)
                OR ol.merged_into_id IN (m.partner_id, m.other_id))
           AND least(coalesce(ol.merged_into_id, ol.id),
                     coalesce(oe.merged_into_id, oe.id)) = m.partner_id
           AND greatest(coalesce(ol.merged_into_id, ol.id),
                        coalesce(oe.merged_into_id, oe.id)) = m.other_id))""")


class CrmMatch(models.Model):
    """Pairs follow the merges: closed with them, open again when they are undone."""

    _inherit = "crm.match"

    merge_id = fields.Many2one(
        "crm.merge", readonly=True, index="btree_not_null", ondelete="set null",
        help="The merge that decided this pair",
    )  # fmt: skip
    before = fields.Char(
        string="State before the Merge",
        readonly=True,
        help="“none” where the merge brought a decision over from a merged record",
    )

    @api.model
    def _follow_merges(self, merges):
        """Close the pairs that merges made one, and hand on who is not the same."""
        ids = (merges.partner_id | merges.source_ids.partner_id).ids
        self._change_by(merges, ids, CLOSE, INHERIT)

    @api.model
    def _follow_undo(self, merges, partner_ids):
        """Open the pairs again that merges had decided and that are two once more.

        :param partner_ids: survivors and the records taken out
        """
        self._change_by(merges, partner_ids, DROP, REOPEN)

    @api.model
    def _change_by(self, merges, partner_ids, *statements):
        if not merges or not partner_ids:
            return
        self.env.flush_all()
        settings = set()
        for statement in statements:
            values = {
                "pairs": SQL(PAIRS, ids=tuple(partner_ids)),
                "merges": tuple(merges.ids),
                "uid": self.env.uid,
                "void": VOID,
            }
            used = {k: v for k, v in values.items() if f"%({k})s" in statement}
            rows = self.env.execute_query(SQL(statement, **used))
            settings |= {setting for (setting,) in rows if setting}
        self.invalidate_model(flush=False)
        settings = self.env["crm.match.setting"].browse(sorted(settings))
        self._recluster(settings, around=partner_ids)
