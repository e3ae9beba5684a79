from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...contrast.overlap import get_largest, get_pairs, get_places, get_sizes

MOST = 20  # segments in one picture; more cannot be read
COLUMNS = 24  # combinations drawn; the rest is told as one number

# One number per customer says which of the segments he is in, one bit each.
COMBINATIONS = """
    SELECT mask, count(*) FROM (
        SELECT member.partner_id, bit_or(1::bigint << place.n) AS mask
          FROM %(members)s AS member
          JOIN unnest(%(ids)s) WITH ORDINALITY AS chosen (id, position)
            ON chosen.id = member.segment_id
          CROSS JOIN LATERAL (SELECT chosen.position::int - 1) AS place (n)
         GROUP BY member.partner_id) customer
     GROUP BY mask
"""


class SegmentPicture(models.AbstractModel):
    """Which segments share their customers."""

    _inherit = "crm.segment.picture"

    @api.model
    @api.readonly
    def overlap(self, segment_ids):
        """How the segments overlap: each pair, and each combination.

        A customer counts under one combination: exactly the segments he is in, of those
        chosen.

        :param list segment_ids: 2 to 20 segments; empty: those with most members
        :return: ``{segments: [{id, name, color, family, size}], total, customers,
            pairs: [[{both, of_first, likeness, lift}]], combinations: [{ids, count}],
            rest}``; `lift` is None where one of the two is empty
        :raises UserError: too many segments, or one that is not the reader's
        """
        segments = self._read_segments(segment_ids) or self._get_largest_segments()
        if len(segments) > MOST:
            raise UserError(
                self.env._("Choose at most %(most)s segments to compare.", most=MOST)
            )
        found = self._count_combinations(segments)
        sizes = get_sizes(found, len(segments))
        customers = self._count_customers()
        columns, rest = get_largest(found, COLUMNS)
        return {
            "segments": [
                {**self._show_segment(segment), "size": size}
                for segment, size in zip(segments, sizes, strict=True)
            ],
            "total": sum(found.values()),
            "customers": customers,
            "pairs": [
                [vars(pair) for pair in row]
                for row in get_pairs(found, len(segments), customers)
            ],
            "combinations": [
                {"ids": [segments[place].id for place in get_places(mask)], "count": n}
                for mask, n in columns
            ],
            "rest": rest,
        }

    @api.model
    def open_overlap(self, segment_ids, inside_ids, exactly=True):
        """Open the customers of a combination.

        :param list segment_ids: the segments compared
        :param list inside_ids: those of them that the customers are in
        :param bool exactly: and in no other of them
        :return: action
        """
        segments = self._read_segments(segment_ids)
        inside = self._read_segments(inside_ids)
        if not inside or inside - segments:
            raise UserError(self.env._("Choose segments from the list."))
        domain = self._is_in(inside[0])
        for segment in inside[1:]:
            domain &= self._is_in(segment)
        if exactly:
            domain &= self._is_out(segments - inside)
        name = self.env._(" and ").join(inside.mapped("name"))
        if exactly and segments - inside:
            name = self.env._("Only %(segments)s", segments=name)
        return self._open_customers(domain, name)

    @api.model
    def _get_largest_segments(self, limit=6):
        groups = self.env["crm.segment.member"]._read_group(
            [("valid_to", "=", False), ("segment_id.active", "=", True)],
            ["segment_id"],
            order="__count desc, segment_id",
            limit=limit,
        )
        return self.env["crm.segment"].union(*(segment for (segment,) in groups))

    @api.model
    def _count_combinations(self, segments):
        """{bits of the segments in their order: customers in exactly these}"""
        if not segments:
            return {}
        members = self._get_memberships(segments)
        columns = [
            SQL.identifier(members.table, name) for name in ("partner_id", "segment_id")
        ]
        rows = self.env.execute_query(
            SQL(COMBINATIONS, members=members.subselect(*columns), ids=segments.ids)
        )
        return dict(rows)
