from odoo import api, fields, models
from odoo.exceptions import UserError

from .loyalty_program import PAYMENT


class LoyaltySimulation(models.Model):
    """What a programme would have given for orders of the past. Nothing is posted.

    Each confirmed order of the period is counted by the programme's rules as it stands
    on the screen now, with its multipliers, audience, control group, budget and cap.
    Levels and segments are those of the day of the order. Other programmes, stacking
    and points spent meanwhile are left aside: nobody knows what customers would have
    done.
    """

    _name = "crm.loyalty.simulation"
    _inherit = ["crm.run.mixin"]
    _description = "Programme Tried on Past Orders"
    _order = "id desc"

    program_id = fields.Many2one(
        "loyalty.program",
        string="Programme",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('program_type', 'not in', ('gift_card', 'ewallet'))]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        help="Whose orders are looked at",
    )
    currency_id = fields.Many2one(related="program_id.currency_id")
    date_from = fields.Date(
        string="Orders From",
        required=True,
        default=lambda self: fields.Date.add(fields.Date.context_today(self), years=-1),
    )
    date_to = fields.Date(string="To", required=True, default=fields.Date.context_today)
    assume_codes = fields.Boolean(
        string="Everybody Knows the Code",
        help="Count rules that need a code, too",
    )
    order_count = fields.Integer(string="Orders", readonly=True, copy=False)
    hit_count = fields.Integer(string="Orders with Points", readonly=True, copy=False)
    customer_count = fields.Integer(string="Customers", readonly=True, copy=False)
    reached_count = fields.Integer(
        string="Customers with Points", readonly=True, copy=False
    )
    revenue = fields.Monetary(
        string="Turnover",
        readonly=True,
        copy=False,
        help="Of all orders of the period, without tax",
    )
    points = fields.Float(string="Points Given", readonly=True, copy=False)
    base_points = fields.Float(string="Without Multipliers", readonly=True, copy=False)
    cut_points = fields.Float(string="Cut by Limits", readonly=True, copy=False)
    cost = fields.Monetary(
        readonly=True,
        copy=False,
        help="What the points are worth, or what the rewards would have saved, if all "
        "are used",
    )
    cost_share = fields.Float(
        string="Cost of Turnover (%)", readonly=True, copy=False, aggregator=None
    )
    spent_on = fields.Date(string="Budget Given Out On", readonly=True, copy=False)
    chart = fields.Json(string="Picture", readonly=True, copy=False)
    line_ids = fields.One2many(
        "crm.loyalty.simulation.line", "simulation_id", string="By Segment", copy=False
    )

    _period = models.Constraint(
        "CHECK (date_from <= date_to)", "The first day comes before the last."
    )

    @api.depends("program_id", "date_from", "date_to")
    def _compute_display_name(self):
        for run in self:
            run.display_name = self.env._(
                "%(program)s, %(first)s to %(last)s",
                program=run.program_id.name or "",
                first=run.date_from or "",
                last=run.date_to or "",
            )

    def write(self, vals):
        """Another question makes the answer untrue: it is taken away."""
        asked = {"program_id", "date_from", "date_to", "company_id", "assume_codes"}
        result = super().write(vals)
        if asked & set(vals):
            done = self.filtered(lambda run: run.state == "done")
            done.sudo().write({"state": "draft", "chart": False})
            done.sudo().line_ids.unlink()
        return result

    def _check_startable(self):
        if self.program_id.program_type in PAYMENT:
            raise UserError(
                self.env._(
                    "“%(program)s” sells money in advance; there is nothing to try.",
                    program=self.program_id.name,
                )
            )
        if not self.program_id.rule_ids:
            raise UserError(
                self.env._(
                    "“%(program)s” has no rules. Add one, then try it.",
                    program=self.program_id.name,
                )
            )

    @api.autovacuum
    def _gc_simulations(self):
        """Answers of last year are about other customers."""
        old = self.search(
            [("create_date", "<", "-365d"), ("state", "not in", ("queued", "running"))],
            limit=1000,
        )
        old.unlink()
        return len(old), len(old)


class LoyaltySimulationLine(models.Model):
    """The outcome of a simulation for the customers of one segment."""

    _name = "crm.loyalty.simulation.line"
    _description = "Outcome by Segment"
    _order = "points desc, id"
    _log_access = False

    simulation_id = fields.Many2one(
        "crm.loyalty.simulation",
        readonly=True,
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="simulation_id.company_id", store=True)
    currency_id = fields.Many2one(related="simulation_id.currency_id")
    segment_id = fields.Many2one(
        "crm.segment", readonly=True, ondelete="cascade", help="Empty: in no segment"
    )
    customer_count = fields.Integer(string="Customers", readonly=True)
    order_count = fields.Integer(string="Orders", readonly=True)
    points = fields.Float(readonly=True)
    mean = fields.Float(string="Per Customer", readonly=True, aggregator="avg")
    share = fields.Float(string="Of All Points (%)", readonly=True)
