from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...succession.distribution import Successor, zip_prefixes


class CrmHandoverSuccessor(models.Model):
    """Who may take customers over in a handover, where, and how many."""

    _name = "crm.handover.successor"
    _description = "Successor"
    _order = "sequence, id"
    _rec_name = "user_id"

    handover_id = fields.Many2one(
        "crm.handover", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one("res.users", string="Successor", required=True)
    limit = fields.Integer("At Most", help="Customers at most; 0: as many as it takes")
    country_ids = fields.Many2many("res.country", string="Countries")
    state_ids = fields.Many2many("res.country.state", string="States")
    zips = fields.Char(
        "Postal Codes", help="How they begin, with commas between: 1, 25, 602 00"
    )
    branch_ids = fields.Many2many(
        "crm.branch", string="Branches", help="Where the customers mostly buy"
    )
    category_ids = fields.Many2many("res.partner.category", string="Tags")
    lang_ids = fields.Many2many("res.lang", string="Languages")
    currency_id = fields.Many2one(related="handover_id.currency_id")
    customer_count = fields.Integer("Customers", compute="_compute_share")
    matter_count = fields.Integer("Open Matters", compute="_compute_share")
    value = fields.Monetary(compute="_compute_share")
    load_before = fields.Integer(
        "Has Now", readonly=True, help="Open matters at the time of the preview"
    )

    _user_uniq = models.Constraint(
        "UNIQUE (handover_id, user_id)", "This successor is on the list already."
    )
    _limit_positive = models.Constraint(
        'CHECK ("limit" >= 0)', "The most customers to take cannot be negative."
    )

    @api.depends("handover_id.line_ids.successor_id", "handover_id.line_ids.chosen")
    def _compute_share(self):
        groups = self.env["crm.handover.line"]._read_group(
            [("handover_id", "in", self.handover_id.ids), ("chosen", "=", True)],
            ["handover_id", "successor_id"],
            ["__count", "weight:sum", "value:sum"],
        )
        shares = {(h.id, user.id): found for h, user, *found in groups}
        for one in self:
            key = (one.handover_id.id, one.user_id.id)
            found = shares.get(key, (0, 0, 0.0))
            one.customer_count, one.matter_count, one.value = found

    @api.constrains("user_id", "handover_id")
    def _check_user(self):
        for one in self:
            one.handover_id._check_successors(one.user_id)

    @api.model_create_multi
    def create(self, vals_list):
        created = super().create(vals_list)
        created.handover_id._check_preparing()
        return created

    def write(self, vals):
        if not self.env.su:
            self.handover_id._check_preparing()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_while_preparing(self):
        self.handover_id._check_preparing()

    def _get_rule_input(self):
        """The successor as the rules of distribution see him."""
        self.ensure_one()
        return Successor(
            id=self.user_id.id,
            load=self.load_before,
            limit=self.limit,
            countries=frozenset(self.country_ids.ids),
            states=frozenset(self.state_ids.ids),
            zips=zip_prefixes(self.zips or ""),
            branches=frozenset(self.branch_ids.ids),
            tags=frozenset(self.category_ids.ids),
            langs=frozenset(self.lang_ids.mapped("code")),
        )


class CrmHandover(models.Model):
    _inherit = "crm.handover"

    def _check_successors(self, users):
        """:raises ValidationError: naming who cannot take customers over, and why"""
        self.ensure_one()
        for user in users.sudo():  # their companies are not everyone's to read
            if user == self.user_id:
                problem = self.env._("%(name)s cannot be the own successor.")
            elif not user.active:
                problem = self.env._(
                    "%(name)s is archived. Choose an active colleague."
                )
            elif user.share:
                problem = self.env._(
                    "%(name)s is no colleague. Choose an internal user."
                )
            elif self.company_id not in user.company_ids:
                problem = self.env._(
                    "%(name)s does not work in %(company)s and would not see the "
                    "customers."
                )
            else:
                continue
            raise ValidationError(
                problem % {"name": user.name, "company": self.company_id.name}
            )
