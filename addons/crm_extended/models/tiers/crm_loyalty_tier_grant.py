from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class LoyaltyTierGrant(models.TransientModel):
    """A level given by hand, until a day and for a reason, such as goodwill.

    The evaluation does not take it away before its day, and raises it if more is
    earned.
    """

    _name = "crm.loyalty.tier.grant"
    _description = "Grant a Loyalty Level"

    level_id = fields.Many2one(
        "crm.loyalty.tier.level", required=True, domain="[('active', '=', True)]"
    )
    keep_until = fields.Date(
        required=True,
        default=lambda self: fields.Date.add(fields.Date.context_today(self), years=1),
    )
    reason = fields.Char(required=True, help="Members' history shows it")
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        required=True,
        default=lambda self: self._get_default_partners(),
    )

    def _get_default_partners(self):
        if self.env.context.get("active_model") != "res.partner":
            return False
        return self.env["res.partner"].browse(self.env.context.get("active_ids", []))

    def action_grant(self):
        """Give the level; who has it already keeps it until the new day."""
        self.ensure_one()
        self.check_access("write")
        self.level_id.check_access("write")
        self.partner_ids.check_access("read")
        today = fields.Date.context_today(self)
        if self.keep_until < today:
            raise UserError(
                self.env._("The level would be over already: choose a later day.")
            )
        partners = self.partner_ids.commercial_partner_id
        if not partners:
            raise UserError(self.env._("Choose the customers who get the level."))
        self.level_id._grant(partners, self.keep_until, self.reason)
        return {"type": "ir.actions.act_window_close"}


class LoyaltyTierLevel(models.Model):
    _inherit = "crm.loyalty.tier.level"

    def _grant(self, partners, keep_until, reason):
        """Put customers on the level until a day, whatever they earned."""
        self.ensure_one()
        tier = self.tier_id
        day = fields.Date.context_today(self)
        tier._lock_for_evaluation(day)
        parts = {
            "tier": tier.id,
            "level": self.id,
            "company": tier.company_id.id,
            "day": SQL("%s::date", day),
            "keep": SQL("%s::date", keep_until),
            "reason": reason,
            "partners": partners.ids,
        }
        for statement in GRANT:
            used = {k: v for k, v in parts.items() if f"%({k})s" in statement}
            self.env.cr.execute(SQL(statement, **used))
        self.env["crm.loyalty.tier.member"].invalidate_model(flush=False)
        names = ["loyalty_tier_ids", "loyalty_tier_id", "loyalty_tier_member_ids"]
        self.env["res.partner"].invalidate_model(names, flush=False)
        tier.sudo()._sync_delivery(partners)


GRANT = (
    # there already, or changed today: the row is mended
    """UPDATE crm_loyalty_tier_member
          SET level_id = %(level)s, keep_until = %(keep)s, code = 'granted',
              reason = %(reason)s, notice = NULL
        WHERE tier_id = %(tier)s AND valid_to IS NULL
          AND partner_id = ANY(%(partners)s)
          AND (level_id = %(level)s OR valid_from >= %(day)s)""",
    """WITH closed AS (
           UPDATE crm_loyalty_tier_member SET valid_to = %(day)s
            WHERE tier_id = %(tier)s AND valid_to IS NULL
              AND partner_id = ANY(%(partners)s) AND level_id <> %(level)s
           RETURNING partner_id, level_id)
       INSERT INTO crm_loyalty_tier_member
              (tier_id, level_id, previous_level_id, partner_id, company_id,
               valid_from, keep_until, code, reason)
       SELECT %(tier)s, %(level)s, c.level_id, p.id, %(company)s, %(day)s, %(keep)s,
              'granted', %(reason)s
         FROM unnest(%(partners)s) p(id) LEFT JOIN closed c ON c.partner_id = p.id
        WHERE NOT EXISTS (
              SELECT FROM crm_loyalty_tier_member o
               WHERE o.tier_id = %(tier)s AND o.partner_id = p.id
                 AND o.valid_to IS NULL AND o.level_id = %(level)s)""",
)
