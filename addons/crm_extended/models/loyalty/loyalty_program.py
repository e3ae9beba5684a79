from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...ledger import validity

VALIDITY = [
    ("none", "Do not expire"),
    ("days", "Days after earning"),
    ("months", "Months after earning"),
    ("year", "End of the calendar year"),
]
PAYMENT = ("gift_card", "ewallet")


class LoyaltyProgram(models.Model):
    """Points of a programme: their unit, when they count and how long they live."""

    _inherit = "loyalty.program"

    point_digits = fields.Integer(
        string="Decimals of Points",
        default=2,
        help="The smallest part of a point that is counted. Gift cards and wallets "
        "count in that of their currency. Fixed once a card has points.",
    )
    return_days = fields.Integer(
        string="Return Period (days)",
        help="Points of an order can be used after so many days, when the goods cannot "
        "be returned any more. 0: at once.",
    )
    validity_kind = fields.Selection(
        VALIDITY, string="Points Expire", default="none", required=True
    )
    validity_count = fields.Integer(
        string="After",
        default=12,
        help="Days or months; for the calendar year how many years on, 0: this year",
    )
    notice_days = fields.Integer(
        string="Notice before Expiry (days)",
        help="Members are told so many days before points expire. 0: not at all.",
    )
    hold_hours = fields.Integer(
        string="Hold for Quotations (hours)",
        help="Points used on a quotation or in a cart are held for it so long; nobody "
        "else can use them meanwhile. 0: they are checked at confirmation only.",
    )
    correction_limit = fields.Float(
        string="Second Approval above",
        digits=(16, 2),
        help="A change of points by hand above this needs a second person. 0: the "
        "limit of the company counts.",
    )

    _loyalty_days = models.Constraint(
        "CHECK (point_digits BETWEEN 0 AND 6 AND return_days BETWEEN 0 AND 3650"
        " AND validity_count BETWEEN 0 AND 36500 AND notice_days BETWEEN 0 AND 3650"
        " AND hold_hours BETWEEN 0 AND 8760 AND correction_limit >= 0)",
        "Days, hours and limits of points are not negative; there are at most 6 "
        "decimals of points and 10 years of a return period.",
    )

    @api.constrains("validity_kind", "validity_count")
    def _check_validity(self):
        for program in self:
            if program.validity_kind in ("days", "months") and not (
                program.validity_count
            ):
                raise ValidationError(
                    self.env._("Say after how many days or months points expire.")
                )

    def write(self, vals):
        units = {"point_digits", "program_type", "currency_id"} & set(vals)
        before = {p: p._get_point_digits() for p in self} if units else {}
        result = super().write(vals)
        for program, digits in before.items():
            if digits != program._get_point_digits() and program._has_accounts():
                raise UserError(
                    self.env._(
                        "Cards of %(program)s have points already, counted with "
                        "%(digits)s decimals. Make a new programme for another unit.",
                        program=program.display_name,
                        digits=digits,
                    )
                )
        return result

    # ------------------------------------------------------------------ for others

    def _get_member_cards(self, partners):
        """The card of each partner, made where there is none.

        Two who make one at the same time for the same partner meet on a claim: the
        later fails with 40001, which Odoo retries, and then finds the card.

        :returns: {partner id: `loyalty.card`}
        """
        self.ensure_one()
        if not self.is_nominative:
            raise UserError(
                self.env._(
                    "%(program)s has no cards of members. Choose a loyalty programme "
                    "or a wallet.",
                    program=self.display_name,
                )
            )
        cards = self.env["loyalty.card"].sudo()
        found = self._find_member_cards(partners)
        missing = partners.filtered(lambda partner: partner.id not in found)
        if not missing:
            return found
        self.env.cr.execute(
            """INSERT INTO crm_loyalty_member (program_id, partner_id)
               SELECT %s, unnest(%s) ON CONFLICT DO NOTHING""",
            [self.id, sorted(missing.ids)],
        )
        quiet = {"loyalty_no_mail": True, "tracking_disable": True}
        made = cards.with_context(**quiet).create(
            [
                {"program_id": self.id, "partner_id": partner.id, "points": 0}
                for partner in missing
            ]
        )
        made = made.with_env(cards.env)
        return found | {card.partner_id.id: card for card in made}

    def _find_member_cards(self, partners):
        """{partner id: the first card}, without making any."""
        found = (
            self.env["loyalty.card"]
            .sudo()
            .search_fetch(
                [("program_id", "=", self.id), ("partner_id", "in", partners.ids)],
                ["partner_id", "program_id", "points"],
                order="id desc",
            )
        )
        return {card.partner_id.id: card for card in found}

    # ------------------------------------------------------------------ the rules

    def _get_point_digits(self):
        """Decimals of the smallest unit that is counted."""
        if self.program_type in PAYMENT:
            return self.currency_id.decimal_places
        return self.point_digits

    def _get_zone(self):
        """Where a day of the programme ends at midnight."""
        company = self.company_id or self.env.company
        return company.sudo().partner_id.tz or "UTC"

    def _get_earning_dates(self, last_day=None, pending=False):
        """When points earned now can be used and until when.

        :param last_day: of the card, when it has one of its own
        :param pending: do they wait for the return period?
        :returns: ``(available_at, expires_at)``, UTC or None
        """
        now = fields.Datetime.now()
        today = fields.Datetime.context_timestamp(
            self.with_context(tz=self._get_zone()), now
        ).date()
        last = validity.last_day(self.validity_kind, self.validity_count, today)
        last = min((day for day in (last, last_day) if day), default=None)
        ends = last and validity.end_of_day(last, self._get_zone())
        waits = pending and self.return_days and self.applies_on != "current"
        return now + timedelta(days=self.return_days) if waits else None, ends

    def _has_accounts(self):
        self.env.cr.execute(
            SQL(
                """SELECT 1 FROM crm_loyalty_account a
                     JOIN loyalty_card c ON c.id = a.card_id
                    WHERE c.program_id = %s LIMIT 1""",
                self.id,
            )
        )
        return bool(self.env.cr.fetchone())
