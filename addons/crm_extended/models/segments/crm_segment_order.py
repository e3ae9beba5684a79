from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class CrmSegment(models.Model):
    """In which order segments are refreshed: those that others look at go first."""

    _inherit = "crm.segment"

    def _get_references(self):
        """{segment id: ids of the segments that its conditions look at}"""
        # sudo: segments of all companies
        conditions = self.env["crm.segment.condition"].sudo()
        conditions = conditions.search(
            [("segment_id", "in", self.ids), ("subject", "=", "segment")]
        )
        found = dict.fromkeys(self.ids, frozenset())
        for condition in conditions:
            found[condition.segment_id.id] |= {condition.other_id.id}
        return found

    def _get_levels(self):
        """These segments as lists: each looks only at members of the lists before it.

        :raises ValidationError: segments look at each other in a circle
        """
        references = self._get_references()
        families = self._get_families()
        place = {id_: n for n, family in enumerate(families) for id_ in family.ids}
        needs = [
            {place[o] for id_ in f.ids for o in references[id_] if o in place}
            for f in families
        ]
        levels, done, left = [], set(), set(range(len(families)))
        while left:
            ready = {n for n in left if needs[n] <= done}
            if not ready:
                self._refuse_circle([families[n] for n in sorted(left)])
            levels.append(self.browse().union(*(families[n] for n in sorted(ready))))
            done |= ready
            left -= ready
        return levels

    @api.model
    def _refuse_circle(self, families):
        names = self.browse().union(*families).mapped("name")
        raise ValidationError(
            self.env._(
                "Segments %(names)s look at each other's members in a circle, or at "
                "another segment of their own exclusive family, which goes before them "
                "anyway. Take one of these conditions out.",
                names=", ".join(names[:10]),
            )
        )

    @api.constrains("condition_ids", "family_id")
    def _check_circle(self):
        # sudo: segments of all companies
        every = self.sudo().with_context(active_test=False).search(Domain.TRUE)
        if any(self._get_references().values()) or self.family_id.filtered("exclusive"):
            every._get_levels()


class CrmSegmentFamily(models.Model):
    _inherit = "crm.segment.family"

    @api.constrains("exclusive")
    def _check_circle(self):
        self.with_context(active_test=False).segment_ids._check_circle()
