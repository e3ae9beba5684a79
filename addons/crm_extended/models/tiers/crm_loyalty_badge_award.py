from odoo import api, fields, models
from odoo.tools import SQL

# Who earned what and when is history: only whose it is may change, by a merge, and the
# coupon that it brought is noted after it was made.
GUARD = """
CREATE OR REPLACE FUNCTION crm_loyalty_badge_award_keep() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an award is kept as it was given'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER crm_loyalty_badge_award_keep
    BEFORE UPDATE OF badge_id, company_id, day, occasion ON crm_loyalty_badge_award
    FOR EACH ROW EXECUTE FUNCTION crm_loyalty_badge_award_keep();
"""


class LoyaltyBadgeAward(models.Model):
    """A badge that a customer earned on a day, and the prize it brought.

    Rows are added by the evaluation and by nobody else; the database refuses to change
    what was earned and when.
    """

    _name = "crm.loyalty.badge.award"
    _description = "Earned Loyalty Badge"
    _order = "day desc, id desc"
    _log_access = False

    badge_id = fields.Many2one(
        "crm.loyalty.badge", required=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    day = fields.Date(required=True)
    occasion = fields.Char(
        required=True, help="The year or month it was earned in, where it is repeated"
    )
    reason = fields.Char(help="The numbers it was earned with")
    points = fields.Float(help="Points of the prize")
    coupon_id = fields.Many2one("loyalty.card", ondelete="set null")
    image_128 = fields.Binary(string="Picture", related="badge_id.image_128")
    description = fields.Text(related="badge_id.description")

    _once = models.Constraint(
        "UNIQUE (badge_id, partner_id, occasion)",
        "A customer earns a badge once on an occasion.",
    )

    def init(self):
        self.env.cr.execute(GUARD)

    @api.model
    def _remove_guard(self):
        """Take the guard away; for uninstalling only."""
        self.env.cr.execute(
            "DROP FUNCTION IF EXISTS crm_loyalty_badge_award_keep() CASCADE"
        )
        for table in ("badge_award", "tier_member"):  # they hold on to demo records
            name = SQL.identifier(f"crm_loyalty_{table}")
            self.env.cr.execute(SQL("DELETE FROM %s", name))
        self.env.cr.execute("DELETE FROM crm_referral")

    def _compute_display_name(self):
        for award in self:
            award.display_name = (
                f"{award.partner_id.display_name}: {award.badge_id.name}"
            )
