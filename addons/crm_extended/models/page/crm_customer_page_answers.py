from odoo import api, models
from odoo.fields import Domain
from odoo.tools import email_normalize

SAID = ("name", "email", "phone", "street", "street2", "zip", "city")
LENGTH = 128
CHANNEL = "preferred_channel"


class CustomerPage(models.AbstractModel):
    """What the customer allows, prefers and corrects."""

    _inherit = "crm.customer.page"

    # ------------------------------------------------------------------ consents

    @api.model
    def _get_purposes(self):
        """What people are asked: purposes that need no consent are not."""
        purposes = self.env["crm.consent.purpose"].sudo()
        companies = [False, self.env.company.id]
        found = purposes.search([("company_id", "in", companies)])
        return found.filtered(lambda p: not p._is_duty() and p.channel_ids)

    @api.model
    def _get_consents(self, user):
        """[(purpose, [(channel, allowed, waits)])] and the preferred channel."""
        purposes, partner = self._get_purposes(), user.partner_id
        consents = self.env["crm.consent"].sudo()
        cells = consents._overview(partner, purposes).get(partner.id, {})
        asked = consents.search(
            [
                ("subject_id", "=", partner.id),
                ("purpose_id", "in", purposes.ids),
                ("answer", "=", "asked"),
            ]
        )
        pending = {(c.purpose_id.id, c.channel_id.id): c.date for c in asked[::-1]}
        rows = []
        for purpose in purposes:
            channels = []
            for channel in purpose.channel_ids:
                place = (purpose.id, channel.id)
                verdict, _answer, date = cells.get(place, ("unasked", None, None))
                allowed = verdict in ("given", "customer", "silent")
                waits = place in pending and not (date and date > pending[place])
                channels.append((channel, allowed, waits and not allowed))
            rows.append((purpose, channels))
        attribute = self._get_channel_attribute(partner)
        return {"rows": rows, **self._get_channel(partner, attribute)}

    @api.model
    def _answer(self, user, purpose_id, channel_id, wording_id, agrees):
        """Note an answer to the text that was shown; the same answer only once.

        :return: whether it was noted or held already; no: the text is another one now
        """
        purpose = self._get_purposes().filtered(lambda p: p.id == purpose_id)
        channel = purpose.channel_ids.filtered(lambda c: c.id == channel_id)
        if not channel or purpose.wording_id.id != (wording_id or False):
            return False
        for place, allowed, waits in dict(self._get_consents(user)["rows"])[purpose]:
            if place == channel and agrees == (allowed or waits):
                return True
        refusal = "withdrawn" if purpose.basis == "consent" else "objected"
        consent = "asked" if purpose.double_opt_in else "given"
        # sudo: a person's own answer, with all that proves it
        self.env["crm.consent"].sudo().create(
            {
                "partner_id": user.partner_id.id,
                "purpose_id": purpose.id,
                "channel_id": channel.id,
                "wording_id": purpose.wording_id.id,
                "answer": consent if agrees else refusal,
                "proof_kind": "web",
                "proof": self.env._("On the customer's page, signed in"),
                "origin": "person",
                "ip": self.env.context.get("page_ip"),
            }
        )
        return True

    # ------------------------------------------------------------------ channel

    @api.model
    def _get_channel_attribute(self, partner):
        attribute = self.env["crm.attribute"].sudo()._get_by_code(CHANNEL)
        right = attribute.kind == "choice" and attribute in attribute._get_for(partner)
        return attribute if right else attribute.browse()

    @api.model
    def _get_channel(self, partner, attribute):
        values = partner.sudo().attribute_value_ids
        mine = values.filtered(lambda v: v.attribute_id == attribute and attribute)
        return {
            "choices": attribute.choice_ids,
            "choice": mine[:1].choice_id,
        }

    @api.model
    def _prefer(self, user, choice_id):
        """Note the preferred channel; 0: none. :return: whether there is such a one"""
        attribute = self._get_channel_attribute(user.partner_id)
        known = {0, *attribute.choice_ids.ids} if attribute else set()
        if choice_id not in known:
            return False
        values = [choice_id] if choice_id else []
        # sudo: the person's own word
        self.env["crm.attribute.value"].sudo()._store(
            [(user.partner_id.id, attribute, values)]
        )
        return True

    # ------------------------------------------------------------------ data

    @api.model
    def _get_data(self, user):
        """What is known of the person, and what waits for a decision."""
        partner = user.partner_id
        records = self.env["crm.source.record"].sudo()
        mine = [("key", "=", self._get_key(partner)), ("partner_id", "=", partner.id)]
        waiting = records.search([*mine, ("proposal", "=", "open")], limit=1)
        said = {name: partner[name] or "" for name in SAID}
        said["country"] = partner.country_id.id
        # what is waiting is shown again: a second correction adds to the first
        proposed = waiting.accepted or {}
        said |= {name: proposed[name] for name in said.keys() & proposed.keys()}
        return {
            "said": said,
            "countries": self.env["res.country"].search(Domain.TRUE),
            "waiting": waiting,
        }

    @api.model
    def _get_key(self, partner):
        return f"portal,{partner.id}"

    @api.model
    def _correct(self, user, form):
        """Hand corrections to the source of web forms: its rules or people decide.

        Only the fields of the form count, whatever else is sent. Empty: as it is.

        :return: what is wrong with them in words, "" when they were kept
        """
        partner = user.partner_id
        said = {name: self._clean(form.get(name), LENGTH) for name in SAID}
        if said["email"] and not email_normalize(said["email"]):
            return self.env._("This is no e-mail address: %(text)s", text=said["email"])
        said = {name: value for name, value in said.items() if value}
        country = self.env["res.country"].search(
            [("id", "=", self._read_id(form.get("country")))]
        )
        accepted = {**said, **({"country": country.id} if country else {})}
        now = {name: partner[name] for name in SAID}
        now["country"] = partner.country_id.id
        if not any(now[name] != value for name, value in accepted.items()):
            return self.env._("Nothing is different from what we know already.")
        sources = self.env["crm.source"].sudo()
        company = self.env.company
        if not sources._get_by_kind("web", company):
            return self.env._("Corrections are not taken here. Please write to us.")
        sources._receive(
            "web",
            [
                {
                    "key": self._get_key(partner),
                    "partner_id": partner.id,
                    "payload": {**said, "country": country.name},
                    "accepted": accepted,
                }
            ],
            company,
        )
        return ""
