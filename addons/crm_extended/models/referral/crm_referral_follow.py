from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ...identity import normalise
from ...referrals import fraud
from ..tiers import measures

BATCH = 1000
SEEN = timedelta(days=30)
BOUGHT = """
    SELECT r.id, min(d.day) FILTER (WHERE d.day >= r.referred_on),
           min(d.day) FILTER (WHERE d.day < r.referred_on)
      FROM crm_referral r JOIN (%(days)s) d ON d.partner_id = r.friend_id
     WHERE r.id = ANY(%(ids)s) GROUP BY r.id
"""
PEOPLE = """
    SELECT c.commercial_partner_id, c.email, COALESCE(c.phone_sanitized, c.phone),
           c.street, c.zip, c.vat, lower(y.code)
      FROM res_partner c LEFT JOIN res_country y ON y.id = c.country_id
     WHERE c.commercial_partner_id = ANY(%(ids)s)
"""
BANKS = """
    SELECT c.commercial_partner_id, b.sanitized_acc_number
      FROM res_partner_bank b JOIN res_partner c ON c.id = b.partner_id
     WHERE c.commercial_partner_id = ANY(%(ids)s)
"""
# The last digits that a payment provider shows, with the provider: cards of one person
CARDS = """
    SELECT c.commercial_partner_id, t.provider_id || '/' || t.payment_details
      FROM payment_token t JOIN res_partner c ON c.id = t.partner_id
     WHERE c.commercial_partner_id = ANY(%(ids)s)
"""
HOUSEHOLDS = """
    SELECT c.commercial_partner_id, r.right_partner_id
      FROM res_partner_relation r JOIN res_partner c ON c.id = r.left_partner_id
      JOIN res_partner_relation_type t ON t.id = r.type_id
     WHERE t.hierarchy = 'household' AND c.commercial_partner_id = ANY(%(ids)s)
"""


class Referral(models.Model):
    """What happens to referrals by itself: purchases, signs of fraud, rewards."""

    _inherit = "crm.referral"

    @api.model
    def _cron_follow(self):
        """Follow all open referrals, in sets."""
        self._follow()

    @api.model
    def _follow(self, on_date=None):
        """Let referrals go on: bought, ripe for the reward, expired.

        :return: how many were rewarded now
        """
        day = fields.Date.to_date(on_date) or fields.Date.context_today(self)
        self.env.flush_all()
        referrals = self.sudo()
        for program in self.env["crm.referral.program"].sudo().search([]):  # pylint: disable=no-search-all
            own = [("program_id", "=", program.id)]
            for some in split_every(
                BATCH, referrals.search([*own, ("state", "=", "open")]).ids
            ):
                referrals.browse(some)._find_purchases(day)
            ripe = referrals.search(
                [*own, ("state", "=", "waiting"), ("due_on", "<=", day)]
            )
            for some in split_every(BATCH, ripe.ids):
                referrals.browse(some)._reward(day)
            old = day - timedelta(days=program.window_days)
            referrals.search(
                [*own, ("state", "=", "open"), ("referred_on", "<", old)]
            ).write({"state": "expired"})
        return referrals.search_count([("rewarded_on", "=", day)])

    def _find_purchases(self, day):
        """Who bought waits for the time of returns, or for a decision."""
        program = self.program_id
        scope = measures.Scope(
            program.company_id.id,
            measures.BEGINNING,
            day,
            tuple(self.friend_id.ids),
        )
        rows = self.env.execute_query(
            SQL(BOUGHT, days=measures.days(scope), ids=self.ids)
        )
        dates = {id_: (bought, before) for id_, bought, before in rows}
        bought = self.filtered(lambda r: dates.get(r.id, (None,))[0])
        late = timedelta(days=program.window_days)
        in_time = bought.filtered(lambda r: dates[r.id][0] <= r.referred_on + late)
        in_time |= self.filtered(lambda r: dates.get(r.id, (None, None))[1])
        signs = in_time._find_signs({r.id: dates[r.id][1] for r in in_time})
        for referral in in_time:
            first = dates[referral.id][0]
            referral.write(
                {
                    "bought_on": first or False,
                    "due_on": first + timedelta(days=program.return_days)
                    if first
                    else False,
                    "reasons": "\n".join(signs[referral.id]) or False,
                    "state": "suspicious" if signs[referral.id] else "waiting",
                }
            )

    def _get_amounts(self, day):
        """{friend id: bought less returned since the referral}"""
        amounts = {}
        for since, some in self.grouped("referred_on").items():
            scope = measures.Scope(
                some.company_id[:1].id, since, day, tuple(some.friend_id.ids)
            )
            amounts.update(self.env.execute_query(measures.spend(scope)))
        return amounts

    # ------------------------------------------------------------------ signs

    def _find_signs(self, bought_before):
        """{referral id: signs of fraud in words}; a fixed number of queries.

        :param dict bought_before: {referral id: day of an earlier purchase or None}
        """
        people = self._get_people((self.referrer_id | self.friend_id).ids)
        parents = dict(
            self.env.execute_query(
                SQL(
                    "SELECT friend_id, referrer_id FROM crm_referral "
                    "WHERE state NOT IN ('refused', 'expired') "
                    "AND company_id = ANY(%s)",
                    self.company_id.ids,
                )
            )
        )
        words = self._get_sign_words()
        brought = self._get_brought_days()
        found = {}
        for referral in self:
            rules = fraud.Rules(referral.program_id.most, parents)
            days = brought[referral.referrer_id.id]
            last = referral.referred_on
            recent = sum(last - SEEN <= day <= last for day in days) - 1
            facts = fraud.Referral(
                people[referral.referrer_id.id],
                people[referral.friend_id.id],
                bought_before.get(referral.id),
                recent,
            )
            found[referral.id] = [words[s] for s in fraud.signs(facts, rules)]
        return found

    def _get_brought_days(self):
        """{referrer id: days on which it brought somebody}, these referrals included"""
        rows = self.env.execute_query(
            SQL(
                "SELECT referrer_id, referred_on FROM crm_referral "
                "WHERE referrer_id = ANY(%s) AND state NOT IN ('refused', 'expired')",
                self.referrer_id.ids,
            )
        )
        days = defaultdict(list)
        for referrer, day in rows:
            days[referrer].append(day)
        return days

    def _get_people(self, ids):
        """{partner id: `fraud.Person`} of commercial entities, with their contacts."""
        keys = ("emails", "phones", "addresses", "banks", "cards", "tax_ids")
        facts = {id_: {key: set() for key in (*keys, "households")} for id_ in ids}
        query = self.env.execute_query
        for id_, email, phone, street, code, vat, country in query(
            SQL(PEOPLE, ids=ids)
        ):
            road, house = normalise.address(street)
            place = (road, house, normalise.postcode(code))
            for key, value in (
                ("emails", normalise.email(email)),
                ("phones", normalise.phone(phone, country)),
                ("addresses", place if road and house else None),
                ("tax_ids", normalise.tax_id(vat, country)),
            ):
                if value:
                    facts[id_][key].add(value)
        rows = [("banks", BANKS), ("households", HOUSEHOLDS)]
        if "payment.token" in self.env:
            rows.append(("cards", CARDS))
        for key, statement in rows:
            for id_, value in query(SQL(statement, ids=ids)):
                if value:
                    facts[id_][key].add(value)
        return {
            id_: fraud.Person(id_, **{k: frozenset(v) for k, v in known.items()})
            for id_, known in facts.items()
        }

    @api.model
    def _get_sign_words(self):
        return {
            "same_customer": self.env._("Both are one customer"),
            "same_email": self.env._("Both have one e-mail address"),
            "same_phone": self.env._("Both have one telephone number"),
            "same_address": self.env._("Both live at one address"),
            "same_bank": self.env._("Both have one bank account"),
            "same_card": self.env._("Both paid with one card"),
            "same_tax_id": self.env._("Both have one tax number"),
            "same_household": self.env._("Both belong to one household"),
            "already_customer": self.env._("Bought before being referred"),
            "circle": self.env._("The new customer brought, in the end, the other"),
            "many": self.env._("Brought unusually many in 30 days"),
        }

    # ------------------------------------------------------------------ reward

    def _reward(self, day):
        """Reward both sides of what was kept; refuse what was returned."""
        if not self:
            return
        amounts = self._get_amounts(day)
        kept = self.browse()
        for referral in self:
            amount = float(amounts.get(referral.friend_id.id, 0))
            referral.amount = amount
            if amount > 0 and amount >= referral.program_id.minimum:
                kept |= referral
            else:
                referral.write(
                    {
                        "state": "refused",
                        "reasons": self.env._("Returned, or bought for too little"),
                    }
                )
        kept.write({"state": "rewarded", "rewarded_on": day})
        for program, some in kept.grouped("program_id").items():
            for side in ("referrer", "friend"):
                some._give(program, side)
        self.env["crm.loyalty.event"].sudo()._happened(
            "referral",
            [
                {
                    "partner_id": referral.referrer_id.id,
                    "key": f"referral/{referral.id}",
                    "document": f"crm.referral,{referral.id}",
                    "company_id": referral.company_id.id,
                }
                for referral in kept
            ],
        )
        kept._relate()

    def _give(self, program, side):
        """Points and a coupon for one side; keys keep it once."""
        points, coupon = program[f"{side}_points"], program[f"{side}_coupon_id"]
        people = self[f"{side}_id"]
        if points and program.point_program_id:
            cards = program.point_program_id._get_member_cards(people)
            self.env["crm.loyalty.ledger"].sudo()._earn_many(
                [
                    {
                        "card_id": cards[referral[f"{side}_id"].id].id,
                        "points": points,
                        "key": f"referral/{referral.id}/{side}",
                        "reason": self.env._("Referral"),
                        "document": f"crm.referral,{referral.id}",
                        "kind": "referral",
                    }
                    for referral in self
                ]
            )
        if coupon:
            self.env["loyalty.card"].sudo().create(
                [
                    {
                        "program_id": coupon.id,
                        "partner_id": referral[f"{side}_id"].id,
                        "points": program.coupon_points,
                    }
                    for referral in self
                ]
            )

    def _relate(self):
        """Who was recommended by whom, among the customer's relations."""
        kind = self.env.ref("crm_extended.relation_type_refers", False)
        if not kind or not self:
            return
        relations = self.env["res.partner.relation"].sudo()
        there = relations.search(
            [
                ("type_id", "=", kind.id),
                ("left_partner_id", "in", self.friend_id.ids),
            ]
        )
        known = {(r.left_partner_id.id, r.right_partner_id.id) for r in there}
        relations.create(
            [
                {
                    "type_id": kind.id,
                    "left_partner_id": referral.friend_id.id,
                    "right_partner_id": referral.referrer_id.id,
                    "date_start": referral.referred_on,
                }
                for referral in self
                if (referral.friend_id.id, referral.referrer_id.id) not in known
            ]
        )
