from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Date
from odoo.tools import SQL

MOST_STEPS = 6  # between the days drawn

# One segment per customer and day: the first by the order of the family.
STAY = """
    SELECT DISTINCT ON (member.partner_id) member.partner_id, member.segment_id
      FROM %s AS member
      JOIN unnest(%s) WITH ORDINALITY AS place (id, n) ON place.id = member.segment_id
     ORDER BY member.partner_id, place.n
"""
FLOWS = """
    SELECT before.segment_id, after.segment_id, count(*)
      FROM (%s) before FULL JOIN (%s) after USING (partner_id)
     GROUP BY 1, 2
"""


class SegmentPicture(models.AbstractModel):
    """Who moved from where to where within a family of segments."""

    _inherit = "crm.segment.picture"

    @api.model
    @api.readonly
    def migration(self, family_id, since, until, steps=1):
        """How customers moved between the segments of a family.

        A customer stands, on each day, in the first segment of the family that holds
        him; False is outside all of them.

        :param int family_id: the family
        :param str since: first day, as 2026-05-01
        :param str until: last day
        :param int steps: parts of the period, 1 to 6
        :return: ``{family, exclusive, days: [], segments: [{id, name, color}], flows:
            [[{before, after, count}]] a step}``; only segments that somebody was in
        :raises UserError: a day or the family cannot be used
        """
        family = self._read_record("crm.segment.family", family_id)
        days = self._read_days(since, until, steps)
        segments = self._get_family_segments(family)
        flows = [
            self._count_flows(segments, before, after)
            for before, after in zip(days, days[1:], strict=False)
        ]
        used = {one for rows in flows for row in rows for one in row[:2]}
        return {
            "family": family.name,
            "exclusive": family.exclusive,
            "days": [Date.to_string(day) for day in days],
            "segments": [
                self._show_segment(segment)
                for segment in segments
                if segment.id in used
            ],
            "flows": [
                [
                    {"before": before or False, "after": after or False, "count": count}
                    for before, after, count in rows
                ]
                for rows in flows
            ],
        }

    @api.model
    def open_migration(self, family_id, since, until, before, after):
        """Open who was in a segment on one day and in another on a later one.

        :param before: segment id on the first day, or False: in none of the family
        :param after: segment id on the last day, or False
        :return: action
        """
        family = self._read_record("crm.segment.family", family_id)
        segments = self._get_family_segments(family)
        ends = []
        for value in (before, after):
            segment = self._read_segments([value] if value else [])
            if segment - segments:
                raise UserError(self.env._("Choose segments of the family."))
            ends.append(segment)
        domain = self._stood_in(segments, ends[0], self._read_day(since))
        domain &= self._stood_in(segments, ends[1], self._read_day(until))
        nowhere = self.env._("Elsewhere")
        names = [end.name or nowhere for end in ends]
        return self._open_customers(domain, " → ".join(names))

    # ------------------------------------------------------------------ private

    @api.model
    def _get_family_segments(self, family):
        """The segments of a family in their order; archived ones had members, too."""
        segments = self.env["crm.segment"].with_context(active_test=False)
        found = segments.search([("family_id", "=", family.id)], order="sequence, id")
        return found.with_env(self.env)

    @api.model
    def _read_days(self, since, until, steps):
        first, last = self._read_day(since), self._read_day(until)
        if type(steps) is not int or not 1 <= steps <= MOST_STEPS:
            raise UserError(
                self.env._("A period has 1 to %(most)s steps.", most=MOST_STEPS)
            )
        length = (last - first).days
        if length < steps:
            raise UserError(
                self.env._(
                    "From %(first)s to %(last)s there are fewer days than steps. "
                    "Choose an earlier first day.",
                    first=first,
                    last=last,
                )
            )
        return [first + timedelta(days=length * n // steps) for n in range(steps + 1)]

    @api.model
    def _count_flows(self, segments, before, after):
        if not segments:
            return []
        return self.env.execute_query(
            SQL(
                FLOWS,
                self._get_stays(segments, before),
                self._get_stays(segments, after),
            )
        )

    @api.model
    def _get_stays(self, segments, day):
        members = self._get_memberships(segments, day)
        columns = [
            SQL.identifier(members.table, name) for name in ("partner_id", "segment_id")
        ]
        return SQL(STAY, members.subselect(*columns), segments.ids)

    @api.model
    def _stood_in(self, segments, segment, day):
        """Domain of customers whose first segment of the family on a day was this."""
        if not segment:
            return self._is_out(segments, day)
        earlier = segments[: segments.ids.index(segment.id)]
        return self._is_in(segment, day) & self._is_out(earlier, day)
