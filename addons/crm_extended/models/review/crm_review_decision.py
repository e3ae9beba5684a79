from odoo import api, fields, models

STATES = [
    ("merged", "Merged"),
    ("distinct", "Not the Same"),
    ("later", "Later"),
]


class CrmReviewDecision(models.Model):
    """What a person decided about a cluster, with when; the last one can be undone.

    Nothing is learnt from it. The pairs themselves keep the decision that matching
    obeys, and the merge its journal.
    """

    _name = "crm.review.decision"
    _inherit = "crm.kept.mixin"
    _description = "Decision on Duplicates"
    _order = "id desc"
    _log_access = False

    state = fields.Selection(STATES, string="Decision", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Decided By", required=True, readonly=True, index=True
    )
    date = fields.Datetime(string="Decided On", required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    match_ids = fields.Many2many(
        "crm.match", string="Pairs", readonly=True, ondelete="cascade"
    )
    partner_ids = fields.Many2many("res.partner", string="Records", readonly=True)
    merge_id = fields.Many2one(
        "crm.merge", readonly=True, index="btree_not_null", ondelete="set null"
    )
    chosen = fields.Json(
        readonly=True, help="Fields whose value was chosen by hand, and from whom"
    )
    undone_at = fields.Datetime(string="Undone On", readonly=True)

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "Decisions are made on the review screen, nobody enters them: %(fields)s.",
            fields=labels,
        )

    @api.depends("state", "partner_ids")
    def _compute_display_name(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for decision in self:
            names = decision.partner_ids[:3].mapped("name")
            decision.display_name = f"{labels[decision.state]}: {', '.join(names)}"

    @api.model
    def _keep(self, state, matches, merge=None, chosen=None):
        """One more decision of the user about these pairs."""
        # sudo: nobody else writes decisions; whoever calls has checked the pairs
        return self.sudo().create(
            {
                "state": state,
                "user_id": self.env.uid,
                "date": fields.Datetime.now(),
                "company_id": matches.company_id.sorted("parent_path")[-1:].id,
                "match_ids": [(6, 0, matches.ids)],
                "partner_ids": [(6, 0, (matches.partner_id | matches.other_id).ids)],
                "merge_id": merge.id if merge else False,
                "chosen": chosen or False,
            }
        )
