from datetime import datetime, time, timedelta

import pytz

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ...picture.question import BadQuestion, Place, read
from ..interactions.crm_interaction import CHANNELS

_lt = LazyTranslate(__name__)

PAGE = 40
PURCHASE = "purchase"  # a channel of the timeline only: purchases stay where they are
NOON = time(12)  # a purchase has a day and no hour
WHAT = {
    "quotation": _lt("Quotation"),
    "order": _lt("Order"),
    "invoice": _lt("Invoice"),
    "payment": _lt("Payment"),
    "lead": _lt("Opportunity"),
    "meeting": _lt("Meeting"),
    "survey": _lt("Survey"),
    "mailing": _lt("Mailing"),
    "click": _lt("Click"),
    "sms": _lt("SMS"),
    "call": _lt("Call"),
    "case": _lt("Case"),
    "chat": _lt("Chat"),
}
OUTCOMES = {
    "opened": _lt("Opened"),
    "clicked": _lt("Clicked"),
    "replied": _lt("Replied"),
}


class Picture(models.AbstractModel):
    """One timeline of interactions and purchases, page by page.

    A page begins where the last one ended, by key and not by offset, so that it costs
    the same however far back it is and skips nothing when something new happens.
    """

    _inherit = "crm.picture"

    @api.model
    def _read_timeline(self, scope, filters, before):
        try:
            channels = {code for code, _label in CHANNELS} | {PURCHASE}
            question = read(filters, channels)
            place = Place.parse(before) if before else None
        except BadQuestion as error:
            raise UserError(self._tell_bad(error.args[0])) from None
        if question.person_id and question.person_id not in scope["ids"]:
            raise UserError(self._tell_bad("person_id"))
        rows = []
        if not question.channels or set(question.channels) - {PURCHASE}:
            rows += self._read_interactions(scope, question, place)
        if self._wants_purchases(question):
            rows += self._read_purchases(scope, question, place)
        rows.sort(key=lambda row: row[0].key, reverse=True)
        page = rows[:PAGE]
        return {
            "entries": [entry for _place, entry in page],
            "next": page[-1][0].text() if len(rows) > PAGE else False,
        }

    @api.model
    def _common_domain(self, scope, question):
        person = question.person_id
        return Domain("partner_id", "in", [person] if person else scope["ids"])

    @api.model
    def _utc(self, day):
        """The moment a day of the reader's begins, as UTC."""
        zone = pytz.timezone(self.env.user.tz or "UTC")
        local = zone.localize(datetime.combine(day, time.min))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    # ------------------------------------------------------------------ interactions

    @api.model
    def _read_interactions(self, scope, question, place):
        domain = self._common_domain(scope, question)
        if question.channels:
            domain &= Domain("channel", "in", question.channels)
        if question.since:
            domain &= Domain("date", ">=", self._utc(question.since))
        if question.until:
            domain &= Domain("date", "<", self._utc(question.until + timedelta(days=1)))
        if question.user_id:
            domain &= Domain("user_id", "=", question.user_id)
        for word in question.words:
            word = self._plain(word)
            domain &= (
                Domain("subject", "ilike", word)
                | Domain("summary", "ilike", word)
                | Domain("outcome", "ilike", word)
            )
        if place:
            domain &= self._after(place)
        found = self.env["crm.interaction"].search(
            domain, order="date desc, id desc", limit=PAGE + 1
        )
        return [(Place(i.date, "i", i.id), self._entry(i)) for i in found]

    @staticmethod
    def _plain(word):
        """A word in which `%` and `_` mean themselves."""
        return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

    @staticmethod
    def _after(place):
        earlier = Domain("date", "<", place.moment)
        if place.source == "i":
            earlier |= Domain("date", "=", place.moment) & Domain("id", "<", place.id)
        return earlier

    @api.model
    def _entry(self, row):
        what = WHAT.get(row.kind)
        outcome = OUTCOMES.get(row.outcome)
        return {
            "key": f"i{row.id}",
            "date": str(row.date),
            "all_day": row.kind in ("invoice", "payment"),
            "channel": row.channel,
            "what": self.env._(what) if what else self._channel_names()[row.channel],
            "direction": row.direction,
            "subject": row.subject or "",
            "summary": row.summary or "" if row.summary != row.subject else "",
            "outcome": self.env._(outcome) if outcome else row.outcome or "",
            "amount": self._money(row.amount, row.currency_id)
            if row.amount and row.currency_id
            else "",
            "person": {"id": row.partner_id.id, "name": row.partner_id.name or ""},
            "user": {"id": row.user_id.id, "name": row.user_id.name}
            if row.user_id
            else False,
            "interaction": row.id,
            "model": row.res_model or False,
            "id": row.res_id or False,
        }

    @api.model
    def _channel_names(self):
        return {
            **self._labels("crm.interaction", "channel"),
            PURCHASE: self.env._("Purchase"),
        }

    # ------------------------------------------------------------------ purchases

    @api.model
    def _wants_purchases(self, question):
        """Purchases have no salesperson; rights decide as everywhere."""
        return (
            not question.user_id
            and (not question.channels or PURCHASE in question.channels)
            and self._readable("crm.purchase") is not None
        )

    @api.model
    def _read_purchases(self, scope, question, place):
        """What one person bought on one day at one place is one entry."""
        domain = self._common_domain(scope, question)
        if question.since:
            domain &= Domain("date", ">=", question.since)
        if question.until:
            domain &= Domain("date", "<=", question.until)
        for word in question.words:
            domain &= Domain("product_name", "ilike", self._plain(word))
        if place:
            domain &= Domain("date", "<=", place.moment.date())
        groups = self.env["crm.purchase"]._read_group(
            domain,
            ["date:day", "partner_id", "company_id", "branch_id", "channel"],
            ["amount_company:sum", "id:max", "__count", "product_name:array_agg"],
            order="date:day desc",
            limit=PAGE + 1 + 20,  # some of the first day are before the place
        )
        places = self._labels("crm.purchase", "channel")
        rows = []
        for (
            day,
            partner,
            company,
            branch,
            channel,
            amount,
            last,
            count,
            names,
        ) in groups:
            spot = Place(datetime.combine(day, NOON), "p", last)
            if place and spot.key >= place.key:
                continue
            known = list(dict.fromkeys(filter(None, names)))
            articles = ", ".join(known[:3]) + (" …" if len(known) > 3 else "")
            where = branch.name or places.get(channel, "")
            rows.append(
                (
                    spot,
                    {
                        "key": f"p{last}",
                        "date": str(spot.moment),
                        "all_day": True,
                        "channel": PURCHASE,
                        "what": self.env._("Purchase"),
                        "direction": "in",
                        "subject": articles
                        or self.env._("%(count)s articles", count=count),
                        "summary": "",
                        "outcome": where,
                        "amount": self._money(amount, company.currency_id),
                        "person": {"id": partner.id, "name": partner.name or ""},
                        "user": False,
                        "interaction": False,
                        "model": "crm.purchase",
                        "id": last,
                    },
                )
            )
        return rows

    # ------------------------------------------------------------------ facets

    @api.model
    def _part_facets(self, scope, parts):
        """Channels, people and colleagues that occur, with how often."""
        domain = Domain("partner_id", "in", scope["ids"])
        channels, people, users = self.env["crm.interaction"]._read_grouping_sets(
            domain, [["channel"], ["partner_id"], ["user_id"]], ["__count"]
        )
        names = self._channel_names()
        counts = dict(channels)
        purchases = self._readable("crm.purchase")
        if purchases is not None:
            [(days,)] = purchases._read_group(
                self._bought(scope), [], ["date:count_distinct"]
            )
            counts[PURCHASE] = days
        return {
            "channels": [
                {"code": code, "name": names[code], "count": counts[code]}
                for code in names
                if counts.get(code)
            ],
            "people": [
                {"id": partner.id, "name": partner.name or "", "count": count}
                for partner, count in sorted(people, key=lambda row: -row[1])[:30]
            ]
            if len(scope["ids"]) > 1
            else [],
            "users": [
                {"id": user.id, "name": user.name, "count": count}
                for user, count in sorted(users, key=lambda row: -row[1])[:30]
                if user
            ],
        }
