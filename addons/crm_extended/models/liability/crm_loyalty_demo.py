from datetime import datetime, time

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...ledger.ledger import Ledger

MONTHS = 16  # of purchases that gave points
VALID = 12  # months that points are valid
REWARD = 50  # points that a reward takes
MEMBERS = 16  # the first of the purchases' customers
MONTHLY = 4  # closed months; what was before is one period


class LoyaltyPeriodDemo(models.Model):
    """Harmonia's club from its first day: points of past purchases, booked."""

    _inherit = "crm.loyalty.period"

    @api.model
    def _load_demo(self, program_xmlid, accounts_xmlid):
        """Points for Harmonia's purchases, then periods up to last month.

        All periods but the last are booked and posted; the last waits for the
        accountant. Loaded again it does nothing.
        """
        program = self.env.ref(program_xmlid)
        company = self.env.ref(accounts_xmlid).company_id
        here = self.with_company(company)
        if here.search_count([("company_id", "=", company.id)], limit=1):
            return
        here._load_demo_points(program, company)
        this_month = fields.Date.context_today(self).replace(day=1)
        first = this_month - relativedelta(months=MONTHS)
        monthly = this_month - relativedelta(months=MONTHLY)
        starts = [first] + [monthly + relativedelta(months=n) for n in range(MONTHLY)]
        stops = [*starts[1:], this_month]
        for start, stop in zip(starts, stops, strict=True):
            period = here.create(
                {
                    "company_id": company.id,
                    "date_from": start,
                    "date_to": stop - relativedelta(days=1),
                }
            )
            period._run_within()
            if stop != this_month:
                period.action_book()
                if period.move_id:
                    period.move_id.action_post()

    @api.model
    def _load_demo_points(self, program, company):
        today = fields.Date.context_today(self)
        since = today.replace(day=1) - relativedelta(months=MONTHS)
        purchases = self.env["crm.purchase"].search(
            Domain("company_id", "=", company.id)
            & Domain("date", ">=", since)
            & Domain("date", "<", today)
            & Domain("branch_id", "!=", False)
            & Domain("amount", ">", 0),
            order="partner_id, date, id",
        )
        members = purchases.partner_id[:MEMBERS]
        by_partner = purchases.grouped("partner_id")
        cards = program._get_member_cards(members)
        for number, partner in enumerate(members):
            bought = by_partner[partner]
            card = cards.get(partner.id)
            if card:
                self._load_demo_card(card, bought, eager=number % 3)

    @api.model
    def _load_demo_card(self, card, purchases, eager):
        """A third of the members never redeems, a third now and then, a third often."""
        self.env.flush_all()
        for purchase in purchases:
            day = purchase.date
            ledger = Ledger(self.env.cr, "demo", datetime.combine(day, time(11)))
            unit = 10 ** self._get_demo_digits(card)
            points = round(purchase.amount_company)
            if points < 1:
                continue
            ledger.expire(card.id, f"expire/{purchase.id}")
            ledger.post(
                card.id,
                points * unit,
                f"earn/{purchase.id}",
                reason=purchase.product_name or None,
                expires_at=ledger.now + relativedelta(months=VALID),
            )
            free = ledger.state(card.id)["available"] // unit
            if eager and free >= REWARD * (3 - eager):
                reward = free // REWARD * REWARD * unit
                ledger.post(card.id, -reward, f"spend/{purchase.id}")
        now = Ledger(self.env.cr, "demo", fields.Datetime.now())
        now.expire(card.id, f"expire/card/{card.id}")
        card.invalidate_recordset()

    @api.model
    def _get_demo_digits(self, card):
        self.env.cr.execute(
            "SELECT digits FROM crm_loyalty_account WHERE card_id = %s", [card.id]
        )
        row = self.env.cr.fetchone()
        return row[0] if row else card.program_id.point_digits
