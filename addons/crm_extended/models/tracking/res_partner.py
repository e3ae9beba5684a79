from odoo import api, fields, models

from .crm_loyalty_track import DRIVERS


class ResPartner(models.Model):
    """The customer's loyalty on his form: what binds him, against past and segment."""

    _inherit = "res.partner"

    loyalty_story = fields.Json(
        string="Loyalty",
        compute="_compute_loyalty_story",
        groups="crm_extended.group_customer_user",
    )

    @api.depends_context("uid", "lang", "company")
    def _compute_loyalty_story(self):
        """Two reads for all; empty for whoever never bought from the company."""
        tracks = self.env["crm.loyalty.track"].search(
            [
                ("partner_id", "in", self.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
        by_partner = {track.partner_id: track for track in tracks}
        groups = self._get_loyalty_groups() if tracks else {}
        for partner in self:
            track = by_partner.get(partner._origin)
            group = next(
                (groups[s.id] for s in partner.segment_ids if s.id in groups),
                groups.get(False),
            )
            partner.loyalty_story = track and partner._tell_loyalty(track, group)

    def _get_loyalty_groups(self):
        """{segment id, or False for all customers: its row of the latest period}."""
        # sudo: averages of the company's own groups, which no customer shows through
        groups = self.env["crm.loyalty.group"].sudo()
        rows = groups._get_latest(self.env.company, ["all", "segment"])
        return {row.segment_id.id: row for row in rows if row.customers >= 5}

    def _tell_loyalty(self, track, group):
        names = dict(track._fields["driver"]._description_selection(self.env))
        known = track._get_known()
        compared = group._get_known() if group else ()

        def number(name):
            return round(track[name], 1) if name in known else False

        return {
            "id": track.id,
            "date": str(track.date),
            "reason": track.reason,
            "loyalty": round(track.loyalty),
            "risk": number("risk"),
            "driver": track.driver,
            "group": group.display_name if group else False,
            "drivers": [
                {
                    "name": names[code],
                    "now": number(f"driver_{code}"),
                    "before": number(f"driver_{code}_before"),
                    "group": round(group[f"driver_{code}"], 1)
                    if f"driver_{code}" in compared
                    else False,
                }
                for code, _name in DRIVERS
            ],
            "measures": [
                {
                    "name": track._fields[name]._description_string(self.env),
                    "help": track._fields[name]._description_help(self.env),
                    "now": number(name),
                    "before": number(before) if before else False,
                }
                for name, before in (
                    ("tenure", None),
                    ("purchase_days", "purchase_days_before"),
                    ("regularity", "regularity_before"),
                    ("usual_interval", None),
                    ("waiting", None),
                    ("lengthening", None),
                    ("breadth", "breadth_before"),
                    ("price_share", "price_share_before"),
                    ("satisfaction", "satisfaction_before"),
                    ("engagement", "engagement_before"),
                    ("referrals", None),
                )
            ],
        }
