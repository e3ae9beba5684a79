from odoo import api, models
from odoo.exceptions import LockError, UserError

BIGGEST = 2**31 - 1
LISTED = 2000  # numbers a caller may name at once


class CrmReview(models.AbstractModel):
    """What callers name is looked up anew: what has changed is not decided blindly."""

    _inherit = "crm.review"

    def _check_reviewer(self):
        self.env["crm.match"]._check_steward()

    @api.model
    def _to_int(self, value):
        if type(value) is not int or not 0 <= value <= BIGGEST:
            raise UserError(self.env._("Expected a number. Reload the page."))
        return value

    @api.model
    def _to_ids(self, value):
        if value is None:
            return []
        if not isinstance(value, list | tuple) or len(value) > LISTED:
            raise UserError(self.env._("Expected a list of numbers. Reload the page."))
        return [self._to_int(one) for one in value]

    @api.model
    def _get_last(self):
        # sudo: only the user's own decisions; their records were his to decide
        return (
            self.env["crm.review.decision"]
            .sudo()
            .search(
                [
                    ("user_id", "=", self.env.uid),
                    ("undone_at", "=", False),
                    ("date", ">", "-7d"),
                ],
                limit=1,
            )
        )

    def _keep(self, cluster, state, matches, merge=None, choices=None):
        self.env["crm.review.decision"]._keep(state, matches, merge, choices)
        self.env["crm.review.claim"]._release([cluster])

    @api.model
    def _open_matches(self, cluster, match_ids, lock=False):
        """The pairs of a cluster, if they still are as the user saw them.

        :return: the pairs, and a text when somebody else was faster
        """
        cluster = self._to_int(cluster)
        seen = self.env["crm.match"].search([("id", "in", self._to_ids(match_ids))])
        matches = self.env["crm.match"].search(
            [("cluster", "=", cluster), ("state", "=", "pending")]
        )
        holder = self.env["crm.review.claim"]._others().get(cluster)
        if holder:
            name = holder.sudo().name
            return matches, self.env._(
                "%(person)s looks at these records now. Here are the next ones.",
                person=name,
            )
        if not matches or set(matches.ids) != set(match_ids):
            decided = seen.decided_by_id[:1]
            person = decided.sudo().name or self.env._("Somebody")
            return matches, self.env._(
                "%(person)s changed or decided these records a moment ago. Here are "
                "the next ones.",
                person=person,
            )
        if lock:
            try:
                matches.sudo().lock_for_update()
            except LockError:
                return matches, self.env._(
                    "Somebody decides these records right now. Here are the next ones."
                )
        return matches, None

    @api.model
    def _check_group(self, matches, target_id, source_ids):
        """The record that goes on and the others, all of the cluster."""
        target = self._to_int(target_id)
        sources = list(dict.fromkeys(self._to_ids(source_ids)))
        members = (matches.partner_id | matches.other_id).ids
        if target in sources or not {target, *sources} <= set(members):
            raise UserError(
                self.env._("These records are not of the cluster. Reload the page.")
            )
        if not sources:
            raise UserError(
                self.env._(
                    "One record alone cannot be merged. Put another one back, or "
                    "decide that they are not the same."
                )
            )
        return target, sources

    @api.model
    def _get_chosen_values(self, matches, target, sources, choices):
        """{field: value} of the rows where a record's value was chosen by hand."""
        if not choices:
            return {}
        if not isinstance(choices, dict) or len(choices) > LISTED:
            raise UserError(self.env._("Expected the chosen record per row."))
        partners = self.env["res.partner"].browse([target, *sources])
        names = {unit[0]: unit for unit in self._get_units(partners[:1], partners)}
        values = {}
        for key, partner_id in choices.items():
            if key not in names or partner_id not in partners.ids:
                raise UserError(
                    self.env._("This value is of no record of the cluster. Reload.")
                )
            partner = partners.browse(self._to_int(partner_id))
            for name in names[key]:
                value = self.env["crm.golden"]._read_value(partner, name)
                values[name] = False if value is None else value
        return values

    @api.model
    def _describe(self, matches):
        partners = matches.partner_id | matches.other_id
        return {
            "cluster": matches[:1].cluster,
            "partner_ids": sorted(partners.ids),
            "match_ids": matches.ids,
            "weight": max(matches.mapped("weight"), default=0.0),
            "probability": max(matches.mapped("probability"), default=0.0),
        }

    @api.model
    def _read_again(self, matches):
        """Cards of the clusters that these pairs are in now, claimed."""
        numbers = {match.cluster for match in matches if match.cluster}
        mine = self.env["crm.review.claim"]._claim(numbers)
        domain = [("cluster", "in", sorted(mine))]
        return self._build_cards(self.env["crm.match"]._clusters(domain=domain))
