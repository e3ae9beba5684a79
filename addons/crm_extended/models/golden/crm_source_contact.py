from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, split_every

_PART = 5000  # contacts that are matched in one go


class Source(models.Model):
    """Contacts of mailing lists are people whom the customer base may know already."""

    _inherit = "crm.source"

    @api.model
    def _cron_collect(self):  # pylint: disable=missing-return
        super()._cron_collect()
        self._collect_contacts()

    @api.model
    def _collect_contacts(self):
        """Match the contacts of mailing lists with customers.

        Who has the address or the number of exactly one customer is shown among the
        sources of that customer. Anybody else is proposed as a new one, and looked for
        again at each pass, until a person takes or declines the proposal. Who asked to
        be forgotten is left out.
        """
        source = self._get_by_kind("list")
        if not source:
            return
        contacts = self.env["mailing.contact"].sudo()
        domain = []
        if source.last_received_at:
            since = source.last_received_at - timedelta(days=1)  # open transactions
            waiting = self.env["crm.source.record"].sudo()._find_waiting(source)
            ids = [int(record.key.partition(",")[2]) for record in waiting]
            domain = ["|", ("write_date", ">=", since), ("id", "in", ids)]
        found = contacts.search(domain, order="id")  # pylint: disable=no-search-all
        for ids in split_every(_PART, found.ids):
            self._match_contacts(contacts.browse(ids))

    @api.model
    def _match_contacts(self, contacts):
        said = {contact.id: _get_said(contact) for contact in contacts}
        said = {i: v for i, v in said.items() if v.keys() & {"email", "phone"}}
        people = {i: _get_addresses(values) for i, values in said.items()}
        for id_ in self.env["crm.suppression"].sudo()._find(people):
            del said[id_], people[id_]
        known = self._find_customers(people)
        rows = [
            {
                "key": f"mailing.contact,{id_}",
                "partner_id": known[id_].id if len(known[id_]) == 1 else None,
                "payload": values,
                "accepted": values,
            }
            for id_, values in said.items()
        ]
        kept = self._receive("list", rows)
        kept.filtered(lambda record: not record.partner_id).proposal = "open"

    @api.model
    def _find_customers(self, people):
        """{key: customers who have the address or the number}; one query.

        :param dict people: {key: (normalised e-mail or None, E.164 number or None)}
        """
        emails = {email for email, _phone in people.values() if email}
        phones = {phone for _email, phone in people.values() if phone}
        partners = self.env["res.partner"].sudo()
        found = partners.search_fetch(
            [
                ("is_technical", "=", False),
                "|",
                ("email_normalized", "in", list(emails)),
                ("phone_sanitized", "in", list(phones)),
            ],
            ["email_normalized", "phone_sanitized"],
        )
        by_email = found.grouped("email_normalized")
        by_phone = found.grouped("phone_sanitized")
        nobody = partners.browse()
        return {
            key: (by_email.get(email, nobody) if email else nobody)
            | (by_phone.get(phone, nobody) if phone else nobody)
            for key, (email, phone) in people.items()
        }


class SourceRecord(models.Model):
    """A contact that no customer is known for is itself the proposal."""

    _inherit = "crm.source.record"

    @api.model
    def _find_waiting(self, source):
        """Open proposals of new customers."""
        return self.search(
            [
                ("source_id", "=", source.id),
                ("key", "=like", "mailing.contact,%"),
                ("partner_id", "=", False),
                ("proposal", "=", "open"),
            ]
        )

    @api.depends("proposal")
    def _compute_news(self):
        result = super()._compute_news()
        strangers = self.filtered(lambda r: r.proposal and not r.partner_id)
        known = strangers._find_same()
        for record in strangers:
            said = record._get_said()
            words = [said.get(name) for name in ("name", "email", "phone")]
            who = ", ".join(filter(None, words))
            if known[record.id]:
                record.news = self.env._(
                    "%(who)s: one of %(customers)s?",
                    who=who,
                    customers=record._name_customers(known[record.id]),
                )
            else:
                record.news = self.env._("A new customer: %(who)s", who=who)
        return result

    def _find_same(self):
        """{record id: customers with its address or number}"""
        people = {record.id: _get_addresses(record._get_said()) for record in self}
        return self.env["crm.source"]._find_customers(people) if people else {}

    def _name_customers(self, customers):
        """Only those whom the user may see are named."""
        seen = customers.with_env(self.env)._filtered_access("read")
        names = [f"{customer.display_name} (ID {customer.id})" for customer in seen]
        return ", ".join(names) or self.env._("customers of another company")

    def action_take(self):
        """Proposed customers are looked for once more, then made.

        :raises UserError: several customers have the address; nothing is made
        """
        strangers = self.filtered(lambda r: r.proposal and not r.partner_id)
        if strangers:
            strangers._make_customers()
        return super().action_take()

    def _make_customers(self):
        self.check_access("read")
        known = self._find_same()
        leaders, first = {}, {}
        for record in self:
            if len(known[record.id]) > 1:
                raise UserError(record._tell_several(known[record.id]))
            if known[record.id]:
                known[record.id].with_env(self.env).check_access("write")
                record.sudo().partner_id = known[record.id]
                continue
            # One person on two lists becomes one customer
            addresses = [a for a in _get_addresses(record._get_said()) if a]
            leader = next((first[a] for a in addresses if a in first), record)
            first.update(dict.fromkeys(addresses, leader))
            leaders[record] = leader
        made = list(dict.fromkeys(leaders.values()))
        partners = self.env["res.partner"].create([r._get_new_values() for r in made])
        customer_of = dict(zip(made, partners, strict=True))
        for record, leader in leaders.items():
            record.sudo().partner_id = customer_of[leader]

    def _get_new_values(self):
        fields_ = self.env["res.partner"]._fields
        said = {n: v for n, v in self._get_said().items() if v and n in fields_}
        return {"name": said.get("email") or said.get("phone"), **said}

    def _tell_several(self, customers):
        said = self._get_said()
        return self.env._(
            "Several customers have the address or number of %(who)s: %(customers)s. "
            "Merge them first, or decline the proposal.",
            who=said.get("name") or said.get("email") or said.get("phone"),
            customers=self._name_customers(customers),
        )


class MailingContact(models.Model):
    _inherit = "mailing.contact"

    @api.ondelete(at_uninstall=False)
    def _unlink_proposals(self):
        """Who left the lists is not proposed as a customer any more."""
        keys = [f"mailing.contact,{id_}" for id_ in self.ids]
        # sudo: whoever deletes contacts sees no sources
        records = self.env["crm.source.record"].sudo()
        records.search(
            [
                ("key", "in", keys),
                ("source_id.kind", "=", "list"),
                ("partner_id", "=", False),
            ]
        ).unlink()


def _get_said(contact):
    """What a contact says, by targets of the import."""
    number = ""
    if "mobile" in contact._fields:  # of mass_mailing_sms
        number = contact.phone_sanitized or contact.mobile
    said = {
        "name": contact.name,
        "email": contact.email_normalized or contact.email,
        "phone": number,
        "company_name": contact.company_name,
        "country": contact.country_id.id,
    }
    return {target: value for target, value in said.items() if value}


def _get_addresses(said):
    """(normalised e-mail or None, number or None)"""
    email = email_normalize(said.get("email") or "")
    return email or None, said.get("phone") or None
