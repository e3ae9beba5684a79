from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from ...exchange.errors import ExchangeError

BATCH = 1000
MOST_TOUCHED = 20000  # customers looked at between two nights at once
# Whom a change in the feed is about: table and column of the customer
TOUCHED = {
    "order": ("sale_order", "partner_id"),
    "invoice": ("account_move", "partner_id"),
    "purchase": ("crm_purchase", "partner_id"),
    "loyalty_account": ("loyalty_card", "partner_id"),
}
AT_RISK = """
    SELECT m.id FROM crm_loyalty_tier_member m
      JOIN crm_tier_value v ON v.partner_id = m.partner_id
      JOIN crm_tier_rank r ON r.level_id = m.level_id
     WHERE m.tier_id = %(tier)s AND m.valid_to IS NULL AND m.notice IS NULL
       AND v.fits < r.rank AND m.keep_until + %(grace)s - %(notice)s <= %(day)s
     ORDER BY m.id
"""


class LoyaltyTier(models.Model):
    """What follows on a change of level, and the buttons of a ladder."""

    _inherit = "crm.loyalty.tier"

    # ------------------------------------------------------------------ buttons

    def action_start(self):
        """Let the ladder run: everyone gets the level that fits, without mails."""
        self.check_access("write")
        for tier in self:
            if not tier._get_ranked():
                raise UserError(
                    self.env._(
                        "“%(tier)s” has no levels yet. Add them, the lowest first.",
                        tier=tier.name,
                    )
                )
        fresh = self.filtered(lambda tier: not tier.evaluated_at)
        _epoch, last, _floor = self.env["crm.exchange.change"]._position()
        self.sudo().write({"state": "running", "feed_seq": last})
        return self._run(is_quiet=bool(fresh))

    def action_pause(self):
        """Let everyone stay where he is until the ladder is started again."""
        self.check_access("write")
        self.sudo().write({"state": "paused"})
        return True

    def action_preview(self):
        """Show who would be where, and change nobody."""
        return self._run(is_preview=True)

    def action_evaluate(self):
        """Evaluate now, not at night."""
        if self.filtered(lambda tier: tier.state != "running"):
            raise UserError(
                self.env._("Start the ladder first, or look at its preview.")
            )
        return self._run()

    def action_open_members(self):
        """Open who is on which level now."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_loyalty_tier_member"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [("tier_id", "=", self.id)],
            "context": {"search_default_current": 1, "search_default_by_level": 1},
        }

    def _run(self, **vals):
        self.ensure_one()
        run = self.env["crm.loyalty.tier.run"].create({"tier_id": self.id, **vals})
        run.action_start()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.loyalty.tier.run",
            "res_id": run.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------ promotion

    def _follow_up(self, members, quiet=False):
        """Gifts, free delivery and congratulations of those who rose.

        :param members: `crm.loyalty.tier.member`, stays that just began
        :param bool quiet: no gifts and no mails
        """
        self.ensure_one()
        if quiet or not members:
            return
        for level, stays in members.grouped("level_id").items():
            if level.gift_program_id:
                level._give_gifts(stays)
            if level.promotion_template_id:
                allowed = self._get_addressed(stays)
                self._mail(level.promotion_template_id, allowed)

    def _sync_delivery(self, partners=None):
        """Who is on a level with free delivery holds a coupon of it, nobody else does.

        Coupons are archived, never deleted: orders refer to them.

        :param partners: `res.partner` to look at alone
        """
        chosen = SQL("TRUE")
        if partners is not None:
            chosen = SQL("partner_id = ANY(%s)", partners.ids)
        cards = self.env["loyalty.card"].sudo().with_context(active_test=False)
        programs = self.with_context(active_test=False).level_ids.delivery_program_id
        for program in programs:
            levels = self._get_ranked().filtered(
                lambda level, program=program: level.delivery_program_id == program
            )
            wanted = self.env.execute_query(
                SQL(
                    """SELECT m.partner_id, c.id, c.active
                         FROM (SELECT partner_id FROM crm_loyalty_tier_member
                                WHERE valid_to IS NULL AND %(chosen)s
                                  AND level_id = ANY(%(levels)s)) m
                         FULL JOIN (SELECT DISTINCT ON (partner_id) id, partner_id,
                                           active
                                      FROM loyalty_card
                                     WHERE program_id = %(program)s
                                       AND partner_id IS NOT NULL AND %(chosen)s
                                       AND code LIKE 'TIER-%%'
                                     ORDER BY partner_id, active DESC, id) c
                           ON c.partner_id = m.partner_id
                        WHERE c.id IS NULL OR m.partner_id IS NULL AND c.active
                           OR m.partner_id IS NOT NULL AND NOT c.active""",
                    levels=levels.ids,
                    chosen=chosen,
                    program=program.id,
                )
            )
            new = [partner for partner, card, _active in wanted if not card]
            for some in split_every(BATCH, new):
                cards.with_context(tracking_disable=True).create(
                    [
                        {
                            "program_id": program.id,
                            "partner_id": partner,
                            "points": 1,
                            "code": f"TIER-{cards._generate_code()}",
                        }
                        for partner in some
                    ]
                )
            back = [card for partner, card, _a in wanted if card and partner]
            gone = [card for partner, card, _a in wanted if card and not partner]
            cards.browse(back).write({"active": True})
            cards.browse(gone).write({"active": False})

    # ------------------------------------------------------------------ notice

    def _give_notice(self, on_date=None):
        """Tell by mail, once, who is about to lose a level; :return: how many."""
        self.ensure_one()
        if not (self.notice_days and self.notice_template_id):
            return 0
        day = fields.Date.to_date(on_date) or fields.Date.context_today(self)
        self._lock_for_evaluation(day)
        self._find_values(day, None)
        rows = self.env.execute_query(
            SQL(
                AT_RISK,
                tier=self.id,
                grace=self.grace_days,
                notice=self.notice_days,
                day=SQL("%s::date", day),
            )
        )
        self.env.cr.execute("DROP TABLE crm_tier_value, crm_tier_rank")
        members = self.env["crm.loyalty.tier.member"].sudo()
        members = members.browse([id_ for (id_,) in rows])
        allowed = self._get_addressed(members)
        (members - allowed).write({"notice": "refused"})
        allowed.write({"notice": "sent"})
        self._mail(self.notice_template_id, allowed)
        return len(allowed)

    def _get_addressed(self, members):
        """Stays of those who have an address and may be mailed for the purpose."""
        members = members.filtered("partner_id.email")
        if not self.purpose_id:
            return members
        consents = self.env["crm.consent"].sudo()
        allowed = consents._allowed(members.partner_id, self.purpose_id, "mail")
        return members.filtered(lambda member: member.partner_id in allowed)

    @api.model
    def _mail(self, template, members):
        for some in split_every(BATCH, members.ids):
            template.sudo().send_mail_batch(
                list(some), email_layout_xmlid="mail.mail_notification_light"
            )

    # ------------------------------------------------------------------ feed

    @api.model
    def _cron_evaluate_touched(self):
        """Look at customers who bought or earned since last time: up at once.

        Confirming an order costs nothing: who changed is read from the change feed.
        When more changed than is cheap to look at one by one, the night does it.
        """
        for tier in self.sudo().search([("state", "=", "running")]):
            tier._evaluate_touched()

    def _evaluate_touched(self):
        self.ensure_one()
        changes = self.env["crm.exchange.change"]
        try:
            rows, place = changes._since(
                list(TOUCHED), int(self.feed_seq), MOST_TOUCHED
            )
        except ExchangeError:  # not kept any more: the night looks at everyone
            rows, (_epoch, place, _floor) = [], changes._position()
        self.feed_seq = place
        touched = {}
        for _seq, entity, res_id, _op, _changed, _into in rows:
            touched.setdefault(entity, set()).add(res_id)
        ids = set()
        for entity, res_ids in touched.items():
            table, column = TOUCHED[entity]
            found = self.env.execute_query(
                SQL(
                    "SELECT DISTINCT p.commercial_partner_id FROM %s x "
                    "JOIN res_partner p ON p.id = x.%s WHERE x.id = ANY(%s)",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    list(res_ids),
                )
            )
            ids.update(id_ for (id_,) in found)
        if ids:
            partners = self.env["res.partner"].browse(ids)
            found = self._evaluate(partners=partners)
            members = self.env["crm.loyalty.tier.member"].sudo()
            self._follow_up(members.browse(found["risen"]))
            self._sync_delivery(partners)
        return len(ids)


class LoyaltyTierLevel(models.Model):
    _inherit = "crm.loyalty.tier.level"

    def _give_gifts(self, members):
        """One coupon for whoever is on the level for the first time."""
        self.ensure_one()
        partners = members.partner_id
        had = (
            self.env["crm.loyalty.tier.member"]
            .sudo()
            .search(
                [
                    ("level_id", "=", self.id),
                    ("partner_id", "in", partners.ids),
                    ("gift_card_id", "!=", False),
                ]
            )
        )
        fresh = members.filtered(lambda m: m.partner_id not in had.partner_id)
        cards = (
            self.env["loyalty.card"]
            .sudo()
            .create(
                [
                    {
                        "program_id": self.gift_program_id.id,
                        "partner_id": member.partner_id.id,
                        "points": self.gift_points,
                    }
                    for member in fresh
                ]
            )
        )
        self.env["loyalty.history"].sudo().create(
            [
                {
                    "card_id": card.id,
                    "issued": card.points,
                    "description": self.env._(
                        "Gift for level %(level)s", level=self.name
                    ),
                }
                for card in cards
            ]
        )
        for member, card in zip(fresh, cards, strict=True):
            member.gift_card_id = card
        return cards
