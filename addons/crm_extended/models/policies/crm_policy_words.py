from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_amount, format_date

from .rules import RULES


class CrmPolicy(models.Model):
    """What the policies decide for a customer, and why, in words."""

    _inherit = "crm.policy"

    @api.model
    def _tell_rule(self, rule, value):
        """The value of a rule in words.

        :param value: as in `_get_values`; names of price lists and terms are told to
            whoever may see the customer
        """
        say = self.env._
        if rule in ("pricelist", "payment_term"):
            words = self.env["crm.policy.effect"]._tell_values(rule, [value])
            return words[value]
        if rule == "max_discount":
            return say("at most %(percent)g %%", percent=value)
        if rule == "credit_limit":
            return format_amount(self.env, value, self.env.company.currency_id)
        if rule in ("response_hours", "resolution_hours"):
            return say("within %(hours)g hours", hours=value)
        if rule == "delivery_days":
            return say("within %(days)g days", days=value)
        if rule == "ways":
            return ", ".join(self._tell_way(way) for way in value)
        if rule == "contact_cap":
            return say(
                "at most %(count)s within %(days)s days", count=value[0], days=value[1]
            )
        if rule == "escalation":
            user = self.env["res.users"].sudo().browse(value[1])
            return say(
                "to %(user)s after %(hours)g hours", user=user.name, hours=value[0]
            )
        if rule in ("delivery_priority", "work_priority"):
            field = self._fields[rule]
            return dict(field._description_selection(self.env)).get(value, "")
        if rule == "authority":
            return ", ".join(self._tell_authority(right) for right in value)
        if rule == "plans":
            plans = self.env["mail.activity.plan"].sudo()
            return ", ".join(
                plans.browse([plan for _phase, plan, _user in value]).mapped("name")
            )
        return ""

    @api.model
    def _tell_way(self, way):
        part = self.env["crm.policy.way"]
        uses = dict(part._fields["stance"]._description_selection(self.env))
        channel = self.env["crm.consent.channel"].sudo()
        channel = channel.search([("code", "=", way.channel)], limit=1)
        words = f"{channel.name or way.channel} ({uses[way.stance].lower()}"
        if way.start or way.end:
            words += f" {_clock(way.start)}–{_clock(way.end or 24)}"
        return words + ")"

    @api.model
    def _tell_authority(self, right):
        group = self.env["res.groups"].sudo().browse(right.group_id)
        if right.kind == "discount":
            limit = f"{right.limit:g} %"
        else:
            limit = format_amount(self.env, right.limit, self.env.company.currency_id)
        return f"{group.name}: {limit}"

    @api.model
    def _tell_why(self, decision, since):
        """Who decided: Set by policy Gold, since 1 March; before Schools."""
        say = self.env._
        day = format_date(self.env, since) if since else ""
        if decision.override:
            override = self.env["crm.policy.override"].sudo().browse(decision.override)
            return say(
                "exception granted by %(user)s, since %(day)s: %(why)s",
                user=override.decided_by_id.name or "",
                day=day,
                why=override.reason or "",
            )
        policy = self.sudo().browse(decision.policy.id)
        words = say(
            "set by policy %(policy)s, since %(day)s", policy=policy.name, day=day
        )
        beaten = self.sudo().browse([p.id for p in decision.beaten])
        if beaten:
            rank, other = decision.policy.rank(decision.rule), decision.beaten[0]
            words = say(
                "%(words)s; goes before %(others)s (priority %(mine)s before "
                "%(theirs)s)",
                words=words,
                others=", ".join(beaten.mapped("name")),
                mine=rank[0],
                theirs=other.rank(decision.rule)[0],
            )
        return words

    @api.model
    def _tell_conduct(self, partner, company, team=None, rules=None):
        """[(rule, label, value, why)] of one customer, in the order of `RULES`."""
        owner = partner.sudo().commercial_partner_id
        decisions = self._conduct(owner, company, team).get(owner.id, {})
        if not decisions:
            return []
        here = self.with_company(company)
        segments, _overrides, starts = self._find_known(owner.ids, company)
        labels = dict(
            self.env["crm.policy.precedence"]
            ._fields["rule"]
            ._description_selection(self.env)
        )
        told = []
        for rule, _label in RULES:
            decision = decisions.get(rule)
            if not decision or (rules and rule not in rules):
                continue
            value = (
                self.env._("No policy")
                if decision.value is None
                else here._tell_decided(rule, decision)
            )
            since = self._since(decision, segments.get(owner.id, {}), starts)
            told.append((rule, labels[rule], value, here._tell_why(decision, since)))
        return told

    @api.model
    def _tell_decided(self, rule, decision):
        if rule in ("greeting", "offer_text") and decision.policy:
            text = self.sudo().browse(decision.policy.id)[rule]
            return Markup(text) if rule == "offer_text" else text
        return self._tell_rule(rule, decision.value)

    @api.model
    def _to_table(self, told):
        """The lines of `_tell_conduct` as a table for a form."""
        if not told:
            return False
        rows = Markup().join(
            Markup(
                "<tr><th class='text-nowrap fw-normal text-muted pe-4'>%s</th>"
                "<td class='pe-4'>%s</td><td class='text-muted'>%s</td></tr>"
            )
            % line[1:]
            for line in told
        )
        return Markup("<table class='table table-sm mb-0'>%s</table>") % rows


def _clock(hour):
    return f"{int(hour)}:{round(hour % 1 * 60):02d}"
