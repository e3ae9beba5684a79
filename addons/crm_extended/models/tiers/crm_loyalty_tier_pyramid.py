from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tiers.period import add_months, end_of_month

MONTHS = 12
SOON = 60  # days
COUNT = """
    SELECT level_id, count(*),
           count(*) FILTER (WHERE keep_until <= %(soon)s)
      FROM crm_loyalty_tier_member
     WHERE tier_id = %(tier)s AND valid_to IS NULL GROUP BY level_id
"""
SIZES = """
    SELECT d.day::date, m.level_id, count(*)
      FROM unnest(%(days)s::date[]) d(day)
      JOIN crm_loyalty_tier_member m ON m.tier_id = %(tier)s
       AND m.valid_from <= d.day AND (m.valid_to IS NULL OR m.valid_to > d.day)
     GROUP BY 1, 2
"""
MOVES = """
    SELECT date_trunc('month', valid_from)::date, code, count(*)
      FROM crm_loyalty_tier_member
     WHERE tier_id = %(tier)s AND valid_from >= %(since)s GROUP BY 1, 2
"""


class LoyaltyTier(models.Model):
    """The ladder as a picture: how many are on each level, and how they moved."""

    _inherit = "crm.loyalty.tier"

    pyramid = fields.Json(compute="_compute_pyramid")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_pyramid(self):
        for tier in self:
            tier.pyramid = tier._read_pyramid() if tier._origin.id else False

    @api.model
    @api.readonly
    def read_pyramid(self, tier_id):
        """The picture of a ladder.

        :param int tier_id: id of the ladder
        :return: `{"total", "levels": [{"id", "name", "color", "count", "soon"}],
            "months": [{"month", "sizes": [count per level], "up", "down", "joined"}]}`;
            levels from the highest; `soon` may be lost within 60 days
        :raises UserError: when there is no such ladder for the reader
        """
        self.check_access("read")
        tier = self.browse()
        if type(tier_id) is int and 0 < tier_id < 2**31:
            tier = self.search([("id", "=", tier_id)])
        if not tier:
            raise UserError(
                self.env._("These tiers do not exist or are not yours to see.")
            )
        return tier._read_pyramid()

    def _read_pyramid(self):
        self.ensure_one()
        self.env["crm.loyalty.tier.member"].check_access("read")
        self.env.flush_all()
        tier = self._origin.id
        today = fields.Date.context_today(self)
        firsts = [add_months(today.replace(day=1), -n) for n in range(MONTHS)][::-1]
        days = [min(end_of_month(day), today) for day in firsts]
        soon = fields.Date.add(today, days=SOON)
        counts = {
            level: rest
            for level, *rest in self.env.execute_query(SQL(COUNT, tier=tier, soon=soon))
        }
        sizes = {
            (day, level): count
            for day, level, count in self.env.execute_query(
                SQL(SIZES, tier=tier, days=days)
            )
        }
        moves = {
            (day, code): count
            for day, code, count in self.env.execute_query(
                SQL(MOVES, tier=tier, since=firsts[0])
            )
        }
        levels = self._get_ranked()[::-1]
        months = []
        for first, day in zip(firsts, days, strict=True):
            move = {code: moves.get((first, code), 0) for code in _CODES}
            months.append(
                {
                    "month": fields.Date.to_string(first),
                    "sizes": [sizes.get((day, level.id), 0) for level in levels],
                    "up": move["promoted"] + move["granted"],
                    "down": move["landed"] + move["lowered"],
                    "joined": move["joined"],
                }
            )
        return {
            "total": sum(count for count, _soon in counts.values()),
            "levels": [
                {
                    "id": level._origin.id,
                    "name": level.name,
                    "color": level.color,
                    "count": counts.get(level.id, (0, 0))[0],
                    "soon": counts.get(level.id, (0, 0))[1],
                }
                for level in levels
            ],
            "months": months,
        }


_CODES = ("joined", "promoted", "granted", "landed", "lowered")
