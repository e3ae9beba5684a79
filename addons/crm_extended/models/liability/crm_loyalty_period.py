from datetime import datetime, time

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

BOOKINGS = [
    ("none", "Not Booked"),
    ("draft", "To Post"),
    ("posted", "Posted"),
    ("reversed", "Reversed"),
]


class LoyaltyPeriod(models.Model):
    """What a company owes for points at the end of a month, quarter or year.

    It is found from the ledger's entries up to that day, which never change, so the
    same period computed again gives the same points. One journal entry brings the
    liability accounts to what is owed.
    """

    _name = "crm.loyalty.period"
    _inherit = ["crm.run.mixin", "mail.thread"]
    _description = "Loyalty Liability"
    _order = "date_to desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._default_start()
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: self._default_start() + relativedelta(months=1, days=-1),
    )
    line_ids = fields.One2many("crm.loyalty.period.line", "period_id", readonly=True)
    cohort_ids = fields.One2many(
        "crm.loyalty.period.cohort", "period_id", readonly=True
    )
    amount = fields.Monetary(
        string="Owed", readonly=True, copy=False, tracking=True, aggregator=None
    )
    points_difference = fields.Float(
        digits=(20, 4),
        readonly=True,
        copy=False,
        aggregator=None,
        help="Closing points by entries less those by lots: 0, or the ledger is broken",
    )
    note = fields.Text(readonly=True, copy=False, help="What to know about the figures")
    move_ids = fields.Many2many(
        "account.move",
        "crm_loyalty_period_move_rel",
        string="Journal Entries",
        readonly=True,
        copy=False,
    )
    move_id = fields.Many2one(
        "account.move",
        string="Journal Entry",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    booking = fields.Selection(
        BOOKINGS,
        string="Accounting",
        compute="_compute_booking",
        search="_search_booking",
    )

    _period_once = models.Constraint(
        "UNIQUE (company_id, date_to)", "This period of the company is there already."
    )
    _period_order = models.Constraint(
        "CHECK (date_from < date_to)", "A period ends after it begins."
    )

    @api.model
    def _default_start(self):
        today = fields.Date.context_today(self)
        return today.replace(day=1) - relativedelta(months=1)

    @api.depends("date_from", "date_to")
    def _compute_name(self):
        for period in self:
            if not (period.date_from and period.date_to):
                period.name = False
            elif period.date_from.strftime("%Y-%m") == period.date_to.strftime("%Y-%m"):
                period.name = period.date_to.strftime("%Y-%m")
            else:
                period.name = f"{period.date_from:%Y-%m} – {period.date_to:%Y-%m}"

    @api.depends("move_id.state", "move_id.reversal_move_ids.state")
    def _compute_booking(self):
        for period in self:
            # sudo: whether it is booked is no secret of the accountants
            move = period.sudo().move_id
            undone = move.reversal_move_ids.filtered(lambda m: m.state == "posted")
            if not move or move.state == "cancel":
                period.booking = "none"
            elif move.state == "draft":
                period.booking = "draft"
            else:
                period.booking = "reversed" if undone else "posted"

    def _search_booking(self, operator, value):
        if operator != "in":
            return NotImplemented
        periods = self.sudo().search([])  # pylint: disable=no-search-all
        found = periods.filtered(lambda period: period.booking in value)
        return [("id", "in", found.ids)]

    @api.constrains("date_from", "date_to", "company_id")
    def _check_dates(self):
        """Months are whole and counted once, as points are deferred by month."""
        for period in self:
            month_end = period.date_to + relativedelta(day=31)
            if period.date_from.day != 1 or period.date_to != month_end:
                raise ValidationError(
                    self.env._(
                        "A period begins on the first day of a month and ends on the "
                        "last: %(first)s to %(last)s is not.",
                        first=period.date_from,
                        last=period.date_to,
                    )
                )
            overlap = self.sudo().search(
                [
                    ("company_id", "=", period.company_id.id),
                    ("id", "!=", period.id),
                    ("date_from", "<=", period.date_to),
                    ("date_to", ">=", period.date_from),
                ],
                limit=1,
            )
            if overlap:
                raise ValidationError(
                    self.env._(
                        "%(period)s covers some of these days already. Choose the "
                        "months after it.",
                        period=overlap.name,
                    )
                )

    def write(self, vals):
        if {"date_from", "date_to", "company_id"} & vals.keys() and not self.env.su:
            self._check_not_booked()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        self._check_not_booked()

    # ------------------------------------------------------------------ private

    def _check_startable(self):
        self._check_not_booked()
        for period in self:
            if period.date_to >= fields.Date.context_today(self):
                raise UserError(
                    self.env._(
                        "%(period)s is not over yet. Outstanding points of today are "
                        "under Outstanding Points.",
                        period=period.name,
                    )
                )

    def _check_not_booked(self):
        booked = self.filtered(lambda period: period.booking == "posted")
        if booked:
            raise UserError(
                self.env._(
                    "%(periods)s is booked by a posted journal entry. Reverse that "
                    "entry first.",
                    periods=", ".join(booked.mapped("name")),
                )
            )

    def _get_moments(self):
        """Begin and end of the period as the company's clocks have it, in UTC."""
        zone = pytz.timezone(self._get_zone())

        def moment(day):
            here = zone.localize(datetime.combine(day, time.min))
            return here.astimezone(pytz.utc).replace(tzinfo=None)

        return moment(self.date_from), moment(self.date_to + relativedelta(days=1))

    def _get_zone(self):
        tz = self.sudo().company_id.partner_id.tz
        return tz if tz in pytz.all_timezones_set else "UTC"

    def _get_before(self):
        """The period that ends the day before this one, if it was computed."""
        return self.sudo().search(
            [
                ("company_id", "=", self.company_id.id),
                ("date_to", "=", self.date_from - relativedelta(days=1)),
                ("state", "=", "done"),
            ]
        )
