from odoo import api, fields, models
from odoo.exceptions import UserError

MOST_AHEAD = 10  # clusters fetched at once


class CrmReview(models.AbstractModel):
    """The queue of possible duplicates as a person decides it, cluster by cluster.

    Public methods are called by the review screen. A cluster is claimed while somebody
    looks at it; what somebody else decided meanwhile is told and skipped.
    """

    _name = "crm.review"
    _description = "Review of Duplicates"

    # ------------------------------------------------------------------ reading

    @api.model
    def read_queue(self, count=3, held=None):
        """The next clusters to decide, claimed for the user.

        :param int count: how many
        :param list held: numbers of the clusters that the caller has already
        :return: `{"left", "cards", "busy", "later", "undoable"}`: number of clusters
            left, cards as `_build_cards` describes, names of people who hold the rest,
            pairs put off, whether the user has a decision to undo
        """
        self._check_reviewer()
        count = min(max(self._to_int(count), 1), MOST_AHEAD)
        held = self._to_ids(held)
        others = self.env["crm.review.claim"]._others()
        domain = [("cluster", "not in", [*held, *others])]
        matches = self.env["crm.match"]
        found = matches._clusters(limit=count, domain=domain)
        claims = self.env["crm.review.claim"]
        mine = claims._claim({one["cluster"] for one in found} | set(held))
        cards = self._build_cards([one for one in found if one["cluster"] in mine])
        open_ = [("state", "=", "pending"), ("cluster", "!=", False)]
        [(left,)] = matches._read_group(open_, [], ["cluster:count_distinct"])
        return {
            "left": left,
            "cards": cards,
            "busy": [] if cards or held else self._tell_busy(others),
            "later": matches.search_count([("state", "=", "later")], limit=1000),
            "undoable": bool(self._get_last()),
        }

    @api.model
    def _tell_busy(self, others):
        """Names of the people who decide what the user cannot have now."""
        domain = [("state", "=", "pending"), ("cluster", "in", list(others))]
        groups = self.env["crm.match"]._read_group(domain, ["cluster"])
        return sorted({others[cluster].sudo().name for (cluster,) in groups})

    @api.model
    def read_proposals(self, cluster, match_ids, target_id, source_ids):
        """What would survive if only these records became one.

        :return: {key of the row: proposal}, as in a card
        """
        self._check_reviewer()
        matches, gone = self._open_matches(cluster, match_ids)
        if gone:
            return {"gone": gone}
        group = self._check_group(matches, target_id, source_ids)
        cards = self._build_cards([self._describe(matches)], group)
        return {row["key"]: row["proposal"] for row in cards[0]["rows"]}

    # ------------------------------------------------------------------ deciding

    @api.model
    def merge(self, cluster, match_ids, target_id, source_ids, choices=None):
        """Unite records of a cluster; those left out are not the same as these.

        :param int cluster: its number
        :param list match_ids: the pairs as the user saw them
        :param int target_id: the record that goes on
        :param list source_ids: the records that go into it
        :param dict choices: {key of a row: id of the record whose value was chosen}
        :return: `{"told"}`, or `{"gone"}` with what happened when somebody was faster
        :raises UserError: when the records must not be merged, with the remedy
        """
        self._check_reviewer()
        matches, gone = self._open_matches(cluster, match_ids, lock=True)
        if gone:
            return {"gone": gone}
        target, sources = self._check_group(matches, target_id, source_ids)
        values = self._get_chosen_values(matches, target, sources, choices)
        members = {target, *sources}
        inside = matches.filtered(lambda m: {m.partner_id.id, m.other_id.id} <= members)
        across = matches.filtered(
            lambda m: len({m.partner_id.id, m.other_id.id} & members) == 1
        )
        reason = self.env._("Possible duplicate, confirmed in the review")
        merge = self.env["crm.merge"]._merge(
            [(target, sources)], reason=reason, values={target: values}
        )
        if inside:
            inside._decide("merged")
        if across:
            across._decide("distinct")
        self._keep(cluster, "merged", inside | across, merge, choices)
        name = self.env["res.partner"].browse(target).name
        return {
            "told": self.env._(
                "%(count)s records are %(customer)s now.",
                count=len(members),
                customer=name,
            )
        }

    @api.model
    def decide(self, cluster, match_ids, state):
        """Keep that the records of a cluster are not the same, or decide later.

        :param str state: distinct or later
        :return: `{"told"}`, or `{"gone"}` with what happened when somebody was faster
        """
        self._check_reviewer()
        if state not in ("distinct", "later"):
            raise UserError(self.env._("Choose between not the same and later."))
        matches, gone = self._open_matches(cluster, match_ids, lock=True)
        if gone:
            return {"gone": gone}
        matches._decide(state)
        self._keep(cluster, state, matches)
        told = {
            "distinct": self.env._("Kept apart. They are not proposed again."),
            "later": self.env._("Put off."),
        }
        return {"told": told[state]}

    @api.model
    def undo(self):
        """Take the user's last decision back and show its cluster again.

        :return: `{"told", "cards"}`; the merge is undone as well
        :raises UserError: when there is none, or it cannot be undone any more
        """
        self._check_reviewer()
        decision = self._get_last()
        if not decision:
            raise UserError(self.env._("You have no decision to undo."))
        matches = self.env["crm.match"].browse(decision.match_ids.ids)
        if decision.merge_id.state in ("done", "partly"):
            self.env["crm.merge"].browse(decision.merge_id.id).action_undo()
        if matches:
            matches._decide("pending")
        decision.undone_at = fields.Datetime.now()
        return {
            "told": self.env._("Undone. Decide again."),
            "cards": self._read_again(matches),
        }

    @api.model
    def take_up_later(self):
        """Put the pairs that were put off back into the queue.

        :return: number of pairs
        """
        self._check_reviewer()
        matches = self.env["crm.match"].search([("state", "=", "later")], limit=1000)
        if matches:
            matches._decide("pending")
        return len(matches)

    # ------------------------------------------------------------------ claims

    @api.model
    def keep(self, clusters):
        """Go on holding these clusters.

        :return: those that are somebody else's meanwhile
        """
        self._check_reviewer()
        held = set(self._to_ids(clusters))
        return sorted(held - self.env["crm.review.claim"]._claim(held))

    @api.model
    def release(self):
        """Give all clusters back that the user looked at."""
        self._check_reviewer()
        self.env["crm.review.claim"]._release()
        return True
