from odoo import api, fields, models
from odoo.exceptions import UserError


class LoyaltyTierRun(models.Model):
    """One evaluation of ladders: who went up, down, joined and left.

    A preview finds the same changes and stores none of them, so that a manager sees who
    would be where before a ladder is started or its rules are changed.
    """

    _name = "crm.loyalty.tier.run"
    _inherit = ["crm.run.mixin"]
    _description = "Evaluation of Loyalty Tiers"
    _order = "id desc"

    tier_id = fields.Many2one(
        "crm.loyalty.tier",
        string="Tiers",
        ondelete="cascade",
        help="All ladders that run, if none is chosen",
    )
    company_id = fields.Many2one(related="tier_id.company_id", store=True)
    on_date = fields.Date(string="For the Day", help="Empty: today")
    is_preview = fields.Boolean(
        string="Preview", help="Shows who would change and changes nobody"
    )
    is_quiet = fields.Boolean(
        string="Without Mails and Gifts",
        help="For the first evaluation: nobody is congratulated on what was so before",
    )
    joined = fields.Integer(readonly=True, copy=False)
    promoted = fields.Integer(readonly=True, copy=False)
    lowered = fields.Integer(readonly=True, copy=False)
    left = fields.Integer(readonly=True, copy=False)
    told = fields.Integer(
        string="Notices", readonly=True, copy=False, help="Mails before a level is lost"
    )
    line_ids = fields.One2many("crm.loyalty.tier.run.line", "run_id", readonly=True)

    @api.depends("create_date", "on_date", "is_preview", "tier_id")
    def _compute_display_name(self):
        for run in self:
            day = run.on_date or run._get_day_made()
            name = run.tier_id.name or self.env._("All tiers")
            run.display_name = (
                self.env._("Preview of %(name)s, %(day)s", name=name, day=day)
                if run.is_preview
                else self.env._("%(name)s, %(day)s", name=name, day=day)
            )

    def _check_startable(self):
        if not self.tier_id and self.is_preview:
            raise UserError(self.env._("Choose the ladder that is to be previewed."))

    def _execute(self):
        tiers = self.tier_id
        if not tiers:
            tiers = tiers.sudo().search([("state", "=", "running")])
        self.sudo().line_ids.unlink()
        counts = dict.fromkeys(("joined", "promoted", "lowered", "left", "told"), 0)
        for place, tier in enumerate(tiers.sudo()):
            self._report(place, len(tiers), tier.name)
            found = tier._evaluate(self.on_date, preview=self.is_preview)
            self._keep_moves(tier, found["moves"])
            if not self.is_preview:
                members = self.env["crm.loyalty.tier.member"].browse(found["risen"])
                tier._follow_up(members.sudo(), quiet=self.is_quiet)
                tier._sync_delivery()
                counts["told"] += tier._give_notice(self.on_date)
            for name in ("joined", "promoted", "lowered", "left"):
                counts[name] += found[name]
        return counts

    def _keep_moves(self, tier, moves):
        self.env["crm.loyalty.tier.run.line"].sudo().create(
            [
                {
                    "run_id": self.id,
                    "tier_id": tier.id,
                    "level_id": before,
                    "next_level_id": after,
                    "count": count,
                    "partner_ids": [fields.Command.set(some)],
                }
                for before, after, count, some in moves
            ]
        )

    @api.model
    def _cron_evaluate(self):
        """Queue the nightly evaluation of all ladders that run."""
        if self.env["crm.loyalty.tier"].search_count([("state", "=", "running")]):
            self.create({}).action_start()

    @api.autovacuum
    def _gc_runs(self):
        """Runs are a log; three months of it are enough."""
        old = self.search(
            [("create_date", "<", "-90d"), ("state", "not in", ("queued", "running"))],
            limit=1000,
        )
        old.unlink()
        return len(old), len(old)


class LoyaltyTierRunLine(models.Model):
    """How many members went from one level to another in one evaluation."""

    _name = "crm.loyalty.tier.run.line"
    _description = "Change of Levels"
    _order = "run_id desc, count desc, id"

    run_id = fields.Many2one(
        "crm.loyalty.tier.run", required=True, index=True, ondelete="cascade"
    )
    tier_id = fields.Many2one("crm.loyalty.tier", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="tier_id.company_id", store=True)
    level_id = fields.Many2one(
        "crm.loyalty.tier.level", string="From", ondelete="cascade", help="Empty: joins"
    )
    next_level_id = fields.Many2one(
        "crm.loyalty.tier.level", string="To", ondelete="cascade", help="Empty: leaves"
    )
    count = fields.Integer(string="Customers")
    partner_ids = fields.Many2many(
        "res.partner",
        relation="crm_loyalty_tier_run_line_partner_rel",
        string="Some of Them",
    )

    def action_open_customers(self):
        """Open some of the customers, 80 at most."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_customer"
        )
        return {
            **action,
            "domain": [("id", "in", self.partner_ids.ids)],
            "context": {},
        }
