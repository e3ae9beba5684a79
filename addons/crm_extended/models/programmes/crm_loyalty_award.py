from collections import defaultdict
from datetime import datetime

from odoo import api, fields, models
from odoo.tools import SQL

from ...earning import caps
from ...earning.multipliers import combine

BATCH = 2000


class LoyaltyAward(models.Model):
    """What one rule gave for one event: points on a card, or why there were none."""

    _name = "crm.loyalty.award"
    _description = "Points for an Event"
    _order = "id desc"
    _log_access = False

    event_id = fields.Many2one(
        "crm.loyalty.event",
        readonly=True,
        required=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(related="event_id.partner_id", store=True, index=True)
    kind_id = fields.Many2one(related="event_id.kind_id", store=True)
    rule_id = fields.Many2one(
        "crm.loyalty.event.rule", readonly=True, index=True, ondelete="set null"
    )
    program_id = fields.Many2one(
        "loyalty.program", string="Programme", readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True)
    card_id = fields.Many2one("loyalty.card", readonly=True, ondelete="set null")
    points = fields.Float(readonly=True)
    factor = fields.Float(readonly=True, default=1.0, aggregator=None)
    at = fields.Datetime(string="Time", readonly=True, required=True)
    outcome = fields.Selection(
        [
            ("given", "Given"),
            ("limit", "Limit of the rule reached"),
            ("budget", "Budget of the programme given out"),
            ("member", "Customer holds as many as allowed"),
        ],
        readonly=True,
        required=True,
        default="given",
    )

    _once = models.Constraint(
        "UNIQUE (event_id, rule_id)", "The rule has decided about this event already."
    )

    # ------------------------------------------------------------------ awarding

    @api.model
    def _cron_award(self):
        """Give points for what happened since the last time, in batches."""
        progress = self.env["ir.cron"]._commit_progress
        while count := self._award_pending(BATCH):
            left = self.env["crm.loyalty.event"].search_count(
                [("awarded_at", "=", False)]
            )
            if not progress(count, remaining=left):
                break

    @api.model
    def _award_pending(self, limit=None):
        """Let programmes look at events that they have not seen; returns how many."""
        pending = self.env["crm.loyalty.event"].search(
            [("awarded_at", "=", False)], order="id", limit=limit
        )
        self._award(pending)
        return len(pending)

    @api.model
    def _award(self, events):
        """Let every rule of the events' kinds decide, once for each event.

        The work is done by sets for each rule: customers, limits and cards are looked
        up together, and points are posted in one call.
        """
        events = events.filtered(lambda e: not e.awarded_at)
        rules = self.env["crm.loyalty.event.rule"].search(
            [("kind_id", "in", events.kind_id.ids), ("program_id.active", "=", True)]
        )
        by_kind = events.grouped("kind_id")
        for rule in rules:
            mine = by_kind[rule.kind_id].filtered(
                lambda e, r=rule: (
                    r._is_running(e.happened_at)
                    and (
                        not r.company_id
                        or not e.company_id
                        or r.company_id == e.company_id
                    )
                )
            )
            if mine:
                self._award_rule(rule, mine)
        events.sudo().write({"awarded_at": fields.Datetime.now()})

    @api.model
    def _award_rule(self, rule, events):
        program = rule.program_id
        partners = rule._filter_partners(events.partner_id)
        partners -= set(program._get_refusals_by(events.partner_id))
        decided = self.search_fetch(
            [("rule_id", "=", rule.id), ("event_id", "in", events.ids)], ["event_id"]
        ).event_id
        events = events.filtered(lambda e: e.partner_id.id in partners) - decided
        if not events:
            return
        taken = self._count_taken(rule, events)
        factors = self._get_factors(program, events.partner_id)
        rooms = program._get_rooms(events.partner_id)
        spent = defaultdict(float)  # of shared room, by this batch
        vals_list = []
        for event in events.sorted("happened_at"):
            partner = event.partner_id.id
            slot = partner, rule._get_period_start(event.happened_at)
            vals = self._prepare_award(rule, event, factors.get(partner, 1.0))
            if rule.limit and taken[slot] >= rule.limit:
                vals.update(points=0.0, outcome="limit")
            else:
                self._clip_award(vals, rooms.get(partner, []), spent, partner)
            taken[slot] += bool(vals["points"])
            vals_list.append(vals)
        self._post_awards(rule, vals_list)

    def _prepare_award(self, rule, event, factor):
        return {
            "event_id": event.id,
            "rule_id": rule.id,
            "program_id": rule.program_id.id,
            "points": rule.points * factor,
            "factor": factor,
            "at": event.happened_at,
            "outcome": "given",
        }

    def _clip_award(self, vals, limits, spent, partner):
        """Cut the points to what limits leave, and leave so much less to the next."""
        left = [caps.Cap(c.code, c.room - spent[_owner(c, partner)]) for c in limits]
        vals["points"], cap = caps.clip(vals["points"], left)
        if cap is not None and not vals["points"]:
            vals["outcome"] = cap.code
        for limit in limits:
            spent[_owner(limit, partner)] += vals["points"]

    @api.model
    def _get_factors(self, program, partners):
        """Factors of the multipliers that hold for customers now; articles aside."""
        multipliers = program.crm_multiplier_ids.filtered(
            lambda m: not m.product_ids and not m.category_ids
        )
        if not multipliers:
            return {}
        local = self.with_context(tz=program.company_id.partner_id.tz or "UTC")
        now = fields.Datetime.context_timestamp(local, fields.Datetime.now())
        mode, ceiling = program.crm_multiplier_mode, program.crm_multiplier_ceiling
        return {
            partner: combine(held.mapped("factor"), mode, ceiling)
            for partner, held in multipliers._get_holding(partners, now).items()
        }

    @api.model
    def _count_taken(self, rule, events):
        """How often the rule gave points already: {(partner id, period): count}."""
        taken = defaultdict(int)
        if not rule.limit:
            return taken
        self.flush_model()
        start = rule._get_period_start(min(events.mapped("happened_at")))
        rows = self.env.execute_query(
            SQL(
                "SELECT a.partner_id, a.at FROM crm_loyalty_award a "
                "WHERE a.rule_id = %s AND a.partner_id = ANY(%s) AND a.points > 0 "
                "AND a.at >= %s",
                rule.id,
                events.partner_id.ids,
                start or datetime.min,
            )
        )
        for partner, at in rows:
            taken[partner, rule._get_period_start(at)] += 1
        return taken

    @api.model
    def _post_awards(self, rule, vals_list):
        """Keep the decisions and post the points on the members' cards."""
        events = self.env["crm.loyalty.event"]
        given = [vals for vals in vals_list if vals["points"]]
        partners = events.browse([vals["event_id"] for vals in given]).partner_id
        cards = rule.program_id._get_member_cards(partners)
        for vals in given:
            partner = events.browse(vals["event_id"]).partner_id
            vals["card_id"] = cards[partner.id].id
        awards = self.create(vals_list)
        rows = [
            {
                "card_id": award.card_id.id,
                "points": award.points,
                "key": f"award/{award.event_id.id}/{rule.id}",
                "reason": rule.kind_id.name,
                "document": award.event_id.document,
                "kind": rule.kind_id.code,
                **rule._get_lot_terms(award.at),
            }
            for award in awards
            if award.points
        ]
        if rows:
            self.env["crm.loyalty.ledger"]._earn_many(rows)


def _owner(limit, partner):
    """Whose room it is: the budget is everybody's."""
    return limit.code if limit.code == "budget" else partner
