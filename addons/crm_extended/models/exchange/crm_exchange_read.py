from odoo import api, models
from odoo.tools import SQL


class ExchangeRead(models.AbstractModel):
    """What became of records that a client was told of."""

    _inherit = "crm.exchange"

    @api.model
    def _erased(self, entity, ids):
        """Those of `ids` whose personal data were erased."""
        if entity.model != "res.partner" or not ids:
            return set()
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        domain = [("id", "in", list(ids)), ("erased_at", "!=", False)]
        return set(partners.search(domain).ids)

    @api.model
    def _gone(self, entity, ids):
        """What became of records that are no more: {id: id it was merged into, or 0}.

        Merges are followed to the record that is alive now. A record that is alive, or
        that never was, is not in the answer. A merged customer is kept, archived, so
        that the merge can be undone; for partners it is no more.
        """
        merged = entity.model == "res.partner"
        self.env.cr.execute(
            SQL(
                """WITH RECURSIVE trail (id, at, depth) AS (
                       SELECT DISTINCT c.res_id, c.res_id, 0 FROM crm_exchange_feed c
                        WHERE c.entity = %(entity)s AND c.res_id = ANY(%(ids)s)
                          AND c.op IN ('d', 'm')
                          AND NOT EXISTS (SELECT FROM %(table)s p
                                           WHERE p.id = c.res_id %(alive)s)
                        UNION ALL
                       SELECT t.id, c.into_id, t.depth + 1 FROM trail t
                         JOIN LATERAL (
                              SELECT into_id FROM crm_exchange_feed c
                               WHERE c.entity = %(entity)s AND c.res_id = t.at
                                 AND c.op = 'm'
                               ORDER BY c.id DESC LIMIT 1) c ON true
                        WHERE t.depth < 20
                          AND NOT EXISTS (SELECT FROM %(table)s p
                                           WHERE p.id = t.at %(alive)s)
                   ), kept AS (
                       %(kept)s
                   )
                   SELECT id, into_id FROM kept
                    UNION ALL
                   SELECT id, into_id FROM (
                       SELECT DISTINCT ON (t.id) t.id, coalesce(p.id, 0) AS into_id
                         FROM trail t
                         LEFT JOIN %(table)s p ON p.id = t.at %(alive)s
                        ORDER BY t.id, t.depth DESC) told
                    WHERE NOT EXISTS (SELECT FROM kept k WHERE k.id = told.id)""",
                ids=list(ids),
                entity=entity.name,
                table=SQL.identifier(entity.table),
                alive=SQL("AND p.merged_into_id IS NULL") if merged else SQL(),
                kept=SQL(
                    "SELECT id, merged_into_id AS into_id FROM res_partner "
                    "WHERE id = ANY(%s) AND merged_into_id IS NOT NULL",
                    list(ids),
                )
                if merged
                else SQL("SELECT 0 AS id, 0 AS into_id WHERE false"),
            )
        )
        return dict(self.env.cr.fetchall())
