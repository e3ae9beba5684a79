import re

from odoo import api, models
from odoo.tools import html2plaintext

from ...intake.signature import parse_signature

_BREAK = re.compile(r"<br\b[^<>]{0,300}>", re.IGNORECASE)
_END = re.compile(r"</(?:div|tr|li|td)>", re.IGNORECASE)
_BODY = 200_000  # characters of a mail's HTML that are looked at
# of a lead's fields, the target each fills
_LEAD = {
    "contact_name": "name",
    "email_from": "email",
    "phone": "phone",
    "street": "street",
    "street2": "street2",
    "zip": "zip",
    "city": "city",
    "function": "function",
    "website": "website",
    "partner_name": "company_name",
}


def _to_lines(html):
    """Plain text with the line breaks a person sees; Odoo marks breaks of quotes."""
    html = _END.sub("<br/>", _BREAK.sub("<br/>", html))
    return html2plaintext(html, include_references=False)


class MailMessage(models.Model):
    """An e-mail's signature may know a newer phone than we do: it is proposed."""

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        mails = messages.sudo().filtered(
            lambda m: m.message_type == "email" and m.author_id.partner_share
        )
        if mails:
            mails._propose_signatures()
        return messages

    def _propose_signatures(self):
        """One record for each sender: the later signature counts."""
        rows = []
        for mail in self:
            author = mail.author_id
            text = _to_lines(str(mail.body or "")[:_BODY])
            found = parse_signature(text, author.name or "")
            if found:
                rows.append(
                    {
                        "key": str(author.id),
                        "partner_id": author.id,
                        "payload": {"e-mail": mail.email_from or "", **found},
                        "accepted": found,
                    }
                )
        if rows:
            self.env["crm.source"]._receive("mail", rows)


class Lead(models.Model):
    """What a visitor wrote into a form of the web site is kept as he wrote it."""

    _inherit = "crm.lead"

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        from_web = leads._filter_from_web()
        if from_web:
            from_web._keep_as_source()
        return leads

    def write(self, vals):
        """A form whose customer is found later points to it from then on."""
        result = super().write(vals)
        if vals.get("partner_id"):
            keys = [f"crm.lead,{id_}" for id_ in self.ids]
            records = self.env["crm.source.record"].sudo()
            records = records.search([("key", "in", keys), ("partner_id", "=", False)])
            if records:
                records.partner_id = vals["partner_id"]
                records.filtered("source_id.proposes")._find_proposals()
        return result

    def _filter_from_web(self):
        if self.env.user._is_public():
            return self
        medium = self.env.ref("utm.utm_medium_website", raise_if_not_found=False)
        return self.filtered(lambda lead: medium and lead.medium_id == medium)

    def _keep_as_source(self):
        """As sent; the customer is the lead's own, or the only one with its address."""
        sources = self.env["crm.source"]
        leads = self.sudo()
        known = sources._find_customers_by_email(leads.mapped("email_from"))
        for company, group in leads.grouped("company_id").items():
            rows = []
            for lead in group:
                said = {name: lead[name] for name in _LEAD if lead[name]}
                accepted = {_LEAD[name]: value for name, value in said.items()}
                if lead.country_id:
                    accepted["country"] = lead.country_id.id
                    said["country"] = lead.country_id.name
                rows.append(
                    {
                        "key": f"crm.lead,{lead.id}",
                        "partner_id": lead.partner_id.id
                        or known.get(lead.email_normalized),
                        "payload": {"form": lead.name, **said},
                        "accepted": accepted,
                    }
                )
            sources._receive("web", rows, company)
