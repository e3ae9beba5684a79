import ast
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

PERIODS = [
    ("day", "Day"),
    ("week", "Week"),
    ("month", "Month"),
    ("quarter", "Quarter"),
    ("year", "Year"),
    ("ever", "Ever"),
]


class LoyaltyEventRule(models.Model):
    """So many points of a programme for one kind of event, to whom and how often."""

    _name = "crm.loyalty.event.rule"
    _description = "Points for Events"
    _order = "program_id, sequence, id"

    program_id = fields.Many2one(
        "loyalty.program",
        string="Programme",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('program_type', '=', 'loyalty')]",
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind_id = fields.Many2one(
        "crm.loyalty.event.kind", string="For", required=True, ondelete="restrict"
    )
    points = fields.Float(required=True, default=10.0, aggregator=None)
    segment_id = fields.Many2one(
        "crm.segment", string="Only for Segment", ondelete="restrict"
    )
    domain = fields.Char(
        string="Filter", default="[]", help="Customers must fit it to get the points"
    )
    limit = fields.Integer(
        string="At Most", default=0, help="So often per customer and period; 0: always"
    )
    period = fields.Selection(PERIODS, string="Per", default="year", required=True)
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To")
    wait_days = fields.Integer(
        string="Usable After (days)", help="Until then the points are pending"
    )
    expire_months = fields.Integer(
        string="Expire After (months)", help="0: as the programme says"
    )
    definer_id = fields.Many2one(
        "res.users",
        string="Defined By",
        readonly=True,
        copy=False,
        help="With whose access the filter looks at customers",
    )

    _points_positive = models.Constraint(
        "CHECK (points > 0)", "Give more than 0 points for an event."
    )
    _limits_positive = models.Constraint(
        'CHECK ("limit" >= 0 AND wait_days BETWEEN 0 AND 3650'
        " AND expire_months BETWEEN 0 AND 600)",
        "Limits are 0 or more; points are usable within ten years.",
    )
    _days = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_from <= date_to)",
        "The first day comes before the last.",
    )

    @api.depends("kind_id", "points")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = f"{rule.kind_id.name}: {rule.points:g}"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [{**vals, "definer_id": self.env.uid} for vals in vals_list]
        )

    def write(self, vals):
        vals = {name: value for name, value in vals.items() if name != "definer_id"}
        if "domain" in vals:
            vals["definer_id"] = self.env.uid
        return super().write(vals)

    @api.constrains("program_id")
    def _check_program(self):
        for rule in self:
            program = rule.program_id
            if not program.is_nominative or program.program_type == "ewallet":
                raise ValidationError(
                    self.env._(
                        "“%(program)s” has no cards of customers, on which points for "
                        "events could be kept. Use a loyalty card programme.",
                        program=program.name,
                    )
                )

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            try:
                partners = self.env["res.partner"].with_user(rule.definer_id)
                partners.search(rule._parse_domain(), limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The filter of “%(rule)s” cannot be used. Choose the customers "
                        "anew.",
                        rule=rule.display_name,
                    )
                ) from error

    # ------------------------------------------------------------------ use

    def _parse_domain(self):
        return Domain(ast.literal_eval(self.domain or "[]"))

    def _filter_partners(self, partners):
        """Those whom the rule gives points, by segment and filter."""
        self.ensure_one()
        found = set(partners.ids)
        if self.segment_id:
            members = self.env["crm.segment.member"].search_fetch(
                [
                    ("segment_id", "=", self.segment_id.id),
                    ("valid_to", "=", False),
                    ("partner_id", "in", list(found)),
                ],
                ["partner_id"],
            )
            found &= set(members.partner_id.ids)
        domain = self._parse_domain()
        if not domain.is_true() and found:
            seen = self.env["res.partner"].with_user(self.definer_id)
            found &= set(seen.search(domain & Domain("id", "in", list(found))).ids)
        return found

    def _get_period_start(self, moment):
        """The first moment of the period that `moment` is in, or None for ever."""
        day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return {
            "day": day,
            "week": day - timedelta(days=day.weekday()),
            "month": day.replace(day=1),
            "quarter": day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1),
            "year": day.replace(day=1, month=1),
            "ever": None,
        }[self.period]

    def _get_lot_terms(self, moment):
        """`available_at` and `expires_at` of points that the rule gives."""
        usable = moment + timedelta(days=self.wait_days) if self.wait_days else None
        months = self.expire_months
        expires = moment + relativedelta(months=months) if months else None
        return {"available_at": usable, "expires_at": expires}

    def _is_running(self, moment):
        day = moment.date()
        return (not self.date_from or self.date_from <= day) and (
            not self.date_to or day <= self.date_to
        )
