from odoo import api, models

from ...picture.advice import advise
from .desk import DESKS

SHOWN = 5  # documents per desk; more are counted


class Picture(models.AbstractModel):
    """What is open for the customer on every desk, and what to do about it next."""

    _inherit = "crm.picture"

    @api.model
    def _get_desks(self):
        """The desks in order; override to add your own."""
        return list(DESKS)

    @api.model
    def _part_desks(self, scope, parts):
        desks = []
        for desk in self._get_desks():
            model = self._readable(desk.model)
            if model is None:
                continue
            found = model.search(
                desk.domain(scope["ids"], scope["today"]),
                order=desk.order or None,
                limit=SHOWN + 1,
            )
            if found:
                scope.setdefault("open", {})[desk.key] = found
                desks.append(
                    {
                        "key": desk.key,
                        "title": self.env._(desk.title),
                        "icon": desk.icon,
                        "items": [self._desk_item(desk, row) for row in found[:SHOWN]],
                        "more": len(found) > SHOWN,
                    }
                )
        return desks

    @api.model
    def _desk_item(self, desk, row):
        when = row[desk.when] if desk.when else False
        late = desk.due and when and self._days_since(when) > 0
        model, id_ = row._name, row.id
        if desk.link:
            model, id_ = row[desk.link[0]], row[desk.link[1]]
        amount = desk.amount and row[desk.amount]
        return {
            "name": (desk.name and row[desk.name].display_name) or row.display_name,
            "when": str(when) if when else False,
            "late": bool(late),
            "amount": self._money(amount, row[desk.currency]) if amount else "",
            "note": self._desk_note(desk, row),
            "model": model,
            "id": id_,
        }

    @api.model
    def _desk_note(self, desk, row):
        if not desk.note:
            return ""
        field, value = row._fields[desk.note], row[desk.note]
        if field.type == "selection":
            return self._labels(row._name, desk.note).get(value, "")
        return value.display_name or "" if field.relational else value or ""

    # ------------------------------------------------------------------ advice

    @api.model
    def _part_advice(self, scope, parts):
        """What to do next, each with its reason; see `picture.advice`."""
        facts = self._get_facts(scope, parts)
        advice = []
        for rule in advise(facts):
            title, reason = self._say(rule.code, facts)
            model, id_ = facts.get(rule.about) or (False, False)
            advice.append(
                {
                    "code": rule.code,
                    "icon": rule.icon,
                    "title": title,
                    "reason": reason,
                    "model": model,
                    "id": id_,
                }
            )
        return advice

    @api.model
    def _get_facts(self, scope, parts):
        """What rules of advice look at; what is unknown or not to be seen is absent."""
        partner, opened = scope["partner"], scope.get("open", {})
        facts = {"customer_document": ("res.partner", partner.id)}
        if not scope["whole"] or partner.is_company:
            facts["reachable"] = bool(partner.email or partner.phone)
        if "phase" in parts:
            facts["phase"] = parts["phase"]["phase"]
        if "scores" in parts:
            facts["valuable"] = scope["valuable"]
        if scope.get("bought_on"):
            facts["bought_days"] = self._days_since(scope["bought_on"])
        if debts := opened.get("debts"):
            oldest = debts[0]
            if oldest.invoice_date_due:
                facts["overdue_days"] = self._days_since(oldest.invoice_date_due)
                facts["overdue_amount"] = self._money(
                    oldest.amount_residual, oldest.currency_id
                )
                facts["overdue_document"] = ("account.move", oldest.id)
        if sent := opened.get("quotations"):
            oldest = sent[0]
            facts["quotation_days"] = self._days_since(oldest.date_order)
            facts["quotation_name"] = oldest.display_name
            facts["quotation_document"] = ("sale.order", oldest.id)
        if needs := scope.get("open_needs"):
            oldest = min(needs, key=lambda need: need.since)
            facts["need_days"] = self._days_since(oldest.since)
            facts["need_name"] = oldest.name
            facts["need_document"] = ("crm.need", oldest.id)
        return {**facts, **self._contact_facts(scope), **self._birthday(scope)}

    @api.model
    def _contact_facts(self, scope):
        """Since when nobody spoke with the customer, and whether he waits."""
        talk = self.env["crm.interaction"].search(
            [
                ("partner_id", "in", scope["ids"]),
                ("date", "<=", "now"),
                (
                    "channel",
                    "in",
                    ("mail", "call", "meeting", "chat", "sms", "visit", "case"),
                ),
            ],
            order="date desc, id desc",
            limit=1,
        )
        if not talk:
            return {}
        facts = {"contact_days": self._days_since(talk.date)}
        if talk.direction == "in" and talk.channel == "mail":
            facts["unanswered_days"] = facts["contact_days"]
            facts["unanswered_subject"] = talk.display_name
            if talk.res_model and talk.res_id:
                facts["unanswered_document"] = (talk.res_model, talk.res_id)
        return facts

    @api.model
    def _birthday(self, scope):
        """Days until the birthday, where the profile knows one."""
        values = self._readable("crm.attribute.value")
        if values is None:
            return {}
        row = values.search(
            [
                ("partner_id", "=", scope["partner"].id),
                ("valid_to", "=", False),
                ("attribute_id.code", "in", ("birth_date", "birthday", "birthdate")),
            ],
            limit=1,
        )
        if not row.value_date:
            return {}
        today, born = scope["today"], row.value_date
        days = [
            (born.replace(year=year, day=min(born.day, 28)) - today).days
            if born.month == 2
            else (born.replace(year=year) - today).days
            for year in (today.year, today.year + 1)
        ]
        return {"birthday_in": min(day for day in days if day >= 0)}

    @api.model
    def _say(self, code, facts):
        """(what to do, why) of a rule; override together with its rules."""
        say = self.env._
        match code:
            case "debt":
                return say("Talk about the unpaid invoice"), say(
                    "%(amount)s are %(days)s days overdue",
                    amount=facts["overdue_amount"],
                    days=facts["overdue_days"],
                )
            case "answer":
                return say("Answer the e-mail"), say(
                    "“%(subject)s” has waited for %(days)s days",
                    subject=facts["unanswered_subject"],
                    days=facts["unanswered_days"],
                )
            case "quotation":
                return say("Follow up on the quotation"), say(
                    "%(name)s has been open for %(days)s days",
                    name=facts["quotation_name"],
                    days=facts["quotation_days"],
                )
            case "win_back":
                return say("Win a valuable customer back"), say(
                    "In the top fifth, but nothing bought for %(days)s days",
                    days=facts["bought_days"],
                )
            case "birthday":
                return say("Congratulate on the birthday"), (
                    say("In %(days)s days", days=facts["birthday_in"])
                    if facts["birthday_in"]
                    else say("It is today")
                )
            case "need":
                return say("Offer what is needed"), say(
                    "“%(name)s” has been open for %(days)s days",
                    name=facts["need_name"],
                    days=facts["need_days"],
                )
            case "thank":
                return say("Ask whether everything is fine"), say(
                    "Bought %(days)s days ago, no word since", days=facts["bought_days"]
                )
            case "silence":
                return say("Get in touch"), say(
                    "Nobody has spoken with the customer for %(days)s days",
                    days=facts["contact_days"],
                )
            case "address":
                return say("Ask for an e-mail address or a phone number"), say(
                    "There is no way to reach the customer"
                )
        raise ValueError(code)
