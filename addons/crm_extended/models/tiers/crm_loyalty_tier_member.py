from odoo import fields, models
from odoo.tools import SQL

from ..segments.stays import on_days

CURRENT = "crm_loyalty_tier_current"
CODES = [
    ("joined", "Joined"),
    ("promoted", "Promoted"),
    ("landed", "Soft Landing"),
    ("lowered", "Lowered"),
    ("granted", "Granted by Hand"),
]


class LoyaltyTierMember(models.Model):
    """One stay of a customer on a level: since when, until when and why.

    `valid_from` is the first day on it, `valid_to` the first day off it. Rows are
    written by SQL in sets when tiers are evaluated, and by nobody else. The view
    `crm_loyalty_tier_current` shows who is where now, as the pairs of
    `res.partner.loyalty_tier_ids`.
    """

    _name = "crm.loyalty.tier.member"
    _description = "Stay on a Loyalty Level"
    _order = "valid_from desc, id desc"
    _log_access = False

    tier_id = fields.Many2one(
        "crm.loyalty.tier", string="Tiers", required=True, ondelete="cascade"
    )
    level_id = fields.Many2one(
        "crm.loyalty.tier.level",
        required=True,
        index=True,
        ondelete="restrict",
    )
    previous_level_id = fields.Many2one(
        "crm.loyalty.tier.level", string="Came From", ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    valid_from = fields.Date(string="Since", required=True)
    valid_to = fields.Date(string="Left On", help="Empty while the customer is there")
    keep_until = fields.Date(
        string="Kept Until",
        help="The level is kept to this day, whatever is bought. Empty: no end",
    )
    code = fields.Selection(CODES, string="How", required=True)
    reason = fields.Char(help="What decided on the level")
    notice = fields.Selection(
        [("sent", "Told"), ("refused", "May Not Be Mailed")],
        help="Whether the member was told that the level is about to be lost",
    )
    gift_card_id = fields.Many2one("loyalty.card", string="Gift", ondelete="set null")
    as_of = fields.Date(
        string="There on the Day",
        compute="_compute_as_of",
        search="_search_as_of",
        help="Finds who was where on a day",
    )
    color = fields.Integer(related="level_id.color")

    _open_uniq = models.UniqueIndex(
        "(tier_id, partner_id) WHERE valid_to IS NULL",
        "A customer is on one level of a ladder.",
    )
    _level_open_idx = models.Index("(level_id) WHERE valid_to IS NULL")
    _keep_idx = models.Index("(tier_id, keep_until) WHERE valid_to IS NULL")
    _period = models.Constraint(
        "CHECK (valid_to > valid_from)", "A stay on a level lasts a day at least."
    )

    def init(self):
        self.env.cr.execute(
            SQL(
                "CREATE OR REPLACE VIEW %s AS SELECT partner_id, level_id "
                "FROM crm_loyalty_tier_member WHERE valid_to IS NULL",
                SQL.identifier(CURRENT),
            )
        )

    def _compute_display_name(self):
        for member in self:
            member.display_name = (
                f"{member.partner_id.display_name}: {member.level_id.name}"
            )

    def _compute_as_of(self):
        self.as_of = False

    def _search_as_of(self, operator, value):
        if operator != "in":
            return NotImplemented
        return on_days(fields.Date.to_date(day) for day in value if day)
