from odoo import api, fields, models
from odoo.tools import SQL

MINUTES = 10  # a claim that nobody renews ends, so that no cluster stays hidden


class CrmReviewClaim(models.Model):
    """Who looks at which cluster right now: two people do not decide the same one."""

    _name = "crm.review.claim"
    _description = "Cluster Under Review"
    _log_access = False

    cluster = fields.Integer(required=True)
    user_id = fields.Many2one(
        "res.users", required=True, index=True, ondelete="cascade"
    )
    until = fields.Datetime(required=True)

    _cluster_uniq = models.Constraint(
        "UNIQUE (cluster)", "One person reviews a cluster at a time."
    )

    @api.model
    def _claim(self, clusters):
        """Take these clusters for the user; those of somebody else are left out.

        :return: set of the clusters that are the user's now
        """
        if not clusters:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_review_claim AS c (cluster, user_id, until)
                SELECT unnest(%(clusters)s), %(user)s,
                       now() AT TIME ZONE 'UTC' + %(minutes)s * interval '1 minute'
                ON CONFLICT (cluster) DO UPDATE
                   SET user_id = EXCLUDED.user_id, until = EXCLUDED.until
                 WHERE c.user_id = EXCLUDED.user_id
                    OR c.until < now() AT TIME ZONE 'UTC'
                RETURNING cluster
                """,
                clusters=sorted(clusters),
                user=self.env.uid,
                minutes=MINUTES,
            )
        )
        self.invalidate_model(flush=False)
        return {cluster for (cluster,) in rows}

    @api.model
    def _others(self):
        """{cluster: user} of what somebody else looks at."""
        claims = self.sudo().search(
            [("user_id", "!=", self.env.uid), ("until", ">", fields.Datetime.now())]
        )
        return {claim.cluster: claim.user_id for claim in claims}

    @api.model
    def _release(self, clusters=None):
        """Give the user's clusters back; all of them when none is named."""
        domain = [("user_id", "=", self.env.uid)]
        if clusters is not None:
            domain.append(("cluster", "in", list(clusters)))
        self.sudo().search(domain).unlink()

    @api.autovacuum
    def _gc_claims(self):
        old = self.search([("until", "<", "-1d")], limit=1000)
        old.unlink()
        return len(old), len(old)
