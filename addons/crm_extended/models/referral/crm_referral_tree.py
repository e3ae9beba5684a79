from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tiers import measures

STEPS = 6
MOST = 500
TREE = """
    WITH RECURSIVE tree AS (
        SELECT %(root)s::int AS id, NULL::int AS parent, 0 AS step, NULL::date AS day,
               ARRAY[%(root)s::int] AS path
         UNION ALL
        SELECT r.friend_id, t.id, t.step + 1, r.referred_on, t.path || r.friend_id
          FROM tree t JOIN crm_referral r ON r.referrer_id = t.id
         WHERE r.state IN ('waiting', 'rewarded') AND r.company_id = ANY(%(companies)s)
           AND t.step < %(steps)s AND NOT r.friend_id = ANY(t.path)
    )
    SELECT id, parent, step, day FROM tree ORDER BY step, day DESC, id LIMIT %(most)s
"""


class Referral(models.Model):
    """The tree of who brought whom, with what each branch is worth."""

    _inherit = "crm.referral"

    @api.model
    @api.readonly
    def read_tree(self, partner_id):
        """A customer and all it brought, up to six steps, as the reader may see them.

        :param int partner_id: the customer at the root
        :return: `{"nodes": [{"id", "parent", "step", "name", "day", "value", "branch",
            "count"}], "currency": id, "more": bool}` in the order of drawing; `value`
            is what the customer bought in the company, `branch` the same with all it
            brought, `count` how many it brought in all steps
        :raises UserError: when there is no such customer for the reader
        """
        self.check_access("read")
        partners = self.env["res.partner"].with_context(active_test=False)
        root = partners.browse()
        if type(partner_id) is int and 0 < partner_id < 2**31:
            root = partners.search([("id", "=", partner_id)])
        if not root:
            raise UserError(
                self.env._("This customer does not exist or is not yours to see.")
            )
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                TREE,
                root=root.id,
                companies=self.env.companies.ids,
                steps=STEPS,
                most=MOST + 1,
            )
        )
        more, rows = len(rows) > MOST, rows[:MOST]
        visible = partners.search([("id", "in", [row[0] for row in rows])])
        shown = {p.id: p.display_name for p in visible}
        return {
            "nodes": self._draw_tree(rows, shown),
            "currency": self.env.company.currency_id.id,
            "more": more,
        }

    @api.model
    def _draw_tree(self, rows, shown):
        """Nodes depth first; whom the reader may not see keeps a place, not a name."""
        scope = measures.Scope(
            self.env.company.id,
            measures.BEGINNING,
            fields.Date.context_today(self),
            tuple(row[0] for row in rows),
        )
        worth = dict(self.env.execute_query(measures.spend(scope)))
        below = {}
        for row in rows[1:]:
            below.setdefault(row[1], []).append(row)
        drawn = []
        self._draw_branch(rows[0], below, worth, shown, drawn)
        return drawn

    @api.model
    def _draw_branch(self, row, below, worth, shown, drawn):
        id_, parent, step, day = row
        node = {
            "id": id_ if id_ in shown else 0,
            "parent": parent if parent in shown else 0,
            "step": step,
            "name": shown.get(id_) or self.env._("Not yours to see"),
            "day": fields.Date.to_string(day) if day else "",
            "value": float(worth.get(id_, 0)) if id_ in shown else 0.0,
            "count": 0,
        }
        drawn.append(node)
        node["branch"] = node["value"]
        for child in below.get(id_, ()):
            found = self._draw_branch(child, below, worth, shown, drawn)
            node["branch"] += found["branch"]
            node["count"] += found["count"] + 1
        return node
