import uuid

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date, format_datetime

from ...privacy.declaration import NONE, SUBJECT
from ...privacy.jscontact import card

# What the person gave us or did, under consent or contract (GDPR article 20)
GIVEN = ("identity", "contact", "behaviour", "trait")
# Told in sections of their own, with their meaning
OWN_SECTIONS = ("crm.score.value", "crm.segment.member", "crm.consent", "res.partner")


class SubjectReport(models.AbstractModel):
    """Everything we hold on one person, readable for people and for programs.

    The map of personal data says where to look; a model that is in the map is in the
    answer. Rows of companies that the officer does not work for are left out: they
    belong to another controller.
    """

    _name = "crm.subject.report"
    _description = "Data of a Person"

    @api.model
    def _collect(self, partner, portable=False):
        """All data of a person as plain values, ready for JSON.

        :param portable: only what the person gave us or did
        :return: ``{generated, controller, card, sections: [{title, model, rows:
            [{label: text}]}], purposes, recipients, rights}``; `card` is JSContact
        """
        partner = self.env["res.partner"].browse(partner.ensure_one().id)
        partner.check_access("read")
        partner = partner.sudo()
        persons = partner.with_context(active_test=False)
        if "merged_into_id" in partner._fields:
            persons |= persons.search([("merged_into_id", "=", partner.id)])
        company = self.env.company
        data = {
            "generated": fields.Datetime.to_string(fields.Datetime.now()),
            "controller": {
                "name": company.name,
                "email": company.email or "",
                "address": company.partner_id._display_address(),
            },
            "card": self._get_card(partner),
            "sections": self._get_sections(persons, portable),
        }
        if not portable:
            data["purposes"] = self._get_purposes(partner)
            data["recipients"] = self._get_recipients(persons)
        return data

    @api.model
    def _render(self, data):
        """The document for the person, as HTML that needs nothing else."""
        body = self.env["ir.qweb"]._render(
            "crm_extended.subject_report_document", {"data": data}
        )
        return Markup("<!DOCTYPE html>\n") + body

    # ------------------------------------------------------------------ parts

    @api.model
    def _get_card(self, partner):
        secret = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        name = uuid.uuid5(uuid.NAMESPACE_URL, f"{secret}/res.partner/{partner.id}")
        person = {
            "name": partner.name or "",
            "organization": partner.commercial_company_name or "",
            "title": partner.function or "",
            "email": partner.email or "",
            "phone": partner.phone or "",
            "website": partner.website or "",
            "street": partner.street or "",
            "street2": partner.street2 or "",
            "city": partner.city or "",
            "region": partner.state_id.name or "",
            "postcode": partner.zip or "",
            "country": partner.country_id.name or "",
            "country_code": partner.country_id.code or "",
            "language": partner.lang or "",
            "is_company": partner.is_company,
        }
        return card(f"urn:uuid:{name}", person, partner.write_date)

    @api.model
    def _get_sections(self, persons, portable):
        sections = [] if portable else self._get_beliefs(persons)
        erasure = self.env["crm.erasure"]
        names = list(self.env["crm.personal.data"]._get_map())
        names.sort(key=lambda name: (name != "res.partner", name))
        for name in names:
            if name in OWN_SECTIONS and name != "res.partner":
                continue
            wanted = [
                row.field
                for row in self.env["crm.personal.data"]._get_personal(name)
                if not portable or row.category in GIVEN
            ]
            found = erasure._find_rows_of(name, persons) if wanted else {}
            ids = sorted(i for ids in found.values() for i in ids)
            if ids:
                rows = self._read_rows(name, ids, wanted)
                if rows:
                    title = self.env["ir.model"]._get(name).name
                    sections.append({"title": title, "model": name, "rows": rows})
        return sections

    @api.model
    def _read_rows(self, name, ids, wanted):
        """Rows as {label: text}, without what is empty."""
        model = self.env[name].sudo().with_context(active_test=False, bin_size=True)
        records = model.browse(ids)
        if "company_id" in model._fields and name != "res.partner":
            mine = {*self.env.companies.ids, False}
            records = records.filtered(lambda r: r.company_id.id in mine)
        context = self._get_context_fields(model, wanted)
        rows = []
        for record in records:
            row = {}
            for field_name in [*context, *wanted]:
                field = model._fields[field_name]
                text = self._tell_value(record, field)
                if text:
                    row[field._description_string(self.env)] = text
            if row:
                rows.append(row)
        return rows

    @api.model
    def _get_context_fields(self, model, wanted):
        """Fields without which the others mean nothing: when and about what."""
        declared = {
            row.field: row
            for row in self.env["crm.personal.data"]._get_map().get(model._name, [])
        }
        technical = (NONE, SUBJECT)
        return [
            name
            for name, field in model._fields.items()
            if name not in wanted
            and field.store
            and field.type in ("date", "datetime", "selection")
            and name not in ("write_date",)
            and (name == "create_date" or name in declared)
            and (name == "create_date" or declared[name].category in technical)
            and name != "state"
        ]

    @api.model
    def _tell_value(self, record, field):
        value = record[field.name]
        if not value and field.type not in ("integer", "float", "monetary"):
            return ""
        if field.type == "many2one":
            return value.display_name
        if field.type in ("many2many", "one2many"):
            return ", ".join(value.mapped("display_name"))
        if field.type == "selection":
            choices = dict(field._description_selection(self.env))
            return str(choices.get(value, value))
        if field.type == "date":
            return format_date(self.env, value)
        if field.type == "datetime":
            return format_datetime(self.env, value)
        if field.type == "html":
            return Markup(value).striptags()
        if field.type in ("binary", "image"):
            return self.env._("a file")
        return str(value) if value not in (None, False) else ""

    # ------------------------------------------------------------------ with meaning

    @api.model
    def _get_beliefs(self, persons):
        """Scores and segments, each with what it means and why it was given."""
        mine = Domain("partner_id", "in", persons.ids)
        mine &= Domain("company_id", "in", [*self.env.companies.ids, False])
        scores = self.env["crm.score.value"].sudo().search(mine)
        members = self.env["crm.segment.member"].sudo().search(mine)
        consents = self.env["crm.consent"].sudo().search(mine)
        answers = dict(consents._fields["answer"]._description_selection(self.env))
        proofs = dict(consents._fields["proof_kind"]._description_selection(self.env))
        parts = [
            (
                self.env._("What we estimate about you"),
                "crm.score.value",
                [
                    {
                        self.env._("Estimate"): value.score_id.name,
                        self.env._("Meaning"): value.score_id.description or "",
                        self.env._("Value"): value.value_text,
                        self.env._("Because"): value.evidence_text or "",
                        self.env._("Since"): format_date(self.env, value.date),
                    }
                    for value in scores
                ],
            ),
            (
                self.env._("Groups you are or were in"),
                "crm.segment.member",
                [
                    {
                        self.env._("Group"): member.segment_id.name,
                        self.env._("Meaning"): member.segment_id.description or "",
                        self.env._("Because"): member.reason or "",
                        self.env._("From"): format_date(self.env, member.valid_from),
                        self.env._("To"): format_date(self.env, member.valid_to) or "",
                    }
                    for member in members
                ],
            ),
            (
                self.env._("What you agreed to and refused"),
                "crm.consent",
                [
                    {
                        self.env._("Purpose"): row.purpose_id.name,
                        self.env._("Channel"): row.channel_id.name
                        or self.env._("All channels"),
                        self.env._("Answer"): answers[row.answer],
                        self.env._("When"): format_datetime(self.env, row.date),
                        self.env._("Text"): row.wording_id.text or "",
                        self.env._("Proof"): proofs.get(row.proof_kind, ""),
                        self.env._("Details"): row.proof or "",
                        self.env._("Address"): row.email or row.phone or "",
                        self.env._("IP address"): row.ip or "",
                    }
                    for row in consents
                ],
            ),
        ]
        return [
            {
                "title": title,
                "model": model,
                "rows": [{k: v for k, v in row.items() if v} for row in rows],
            }
            for title, model, rows in parts
            if rows
        ]

    @api.model
    def _get_purposes(self, partner):
        purposes = self.env["crm.consent.purpose"].sudo().search(Domain.TRUE)
        bases = dict(purposes._fields["basis"]._description_selection(self.env))
        rules = self.env["crm.retention.rule"].sudo().search([("state", "=", "active")])
        return {
            "purposes": [
                {
                    "name": purpose.name,
                    "basis": bases[purpose.basis],
                    "description": purpose.description or "",
                }
                for purpose in purposes
            ],
            "kept": [rule.summary for rule in rules],
        }

    @api.model
    def _get_recipients(self, persons):
        """Partners' systems that were given the data, by the exchange's own record."""
        entities = [
            entity.name
            for entity in self.env["crm.exchange"]._entities().values()
            if entity.model == "res.partner"
        ]
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT client_id FROM crm_exchange_disclosed
                    WHERE entity = ANY(%s) AND res_id = ANY(%s)""",
                entities,
                persons.ids,
            )
        )
        clients = self.env["crm.exchange.client"].sudo()
        clients = clients.with_context(active_test=False)
        clients = clients.browse([client for (client,) in rows]).exists()
        clients = clients.filtered(lambda c: c.company_id in self.env.companies)
        return [
            {
                "name": client.name,
                "company": client.company_id.name,
                "fields": self._get_disclosed_fields(client),
            }
            for client in clients
        ]

    @api.model
    def _get_disclosed_fields(self, client):
        entities = self.env["crm.exchange"]._entities()
        names = {
            name
            for scope in client.scope_ids
            if scope.entity in entities and scope.can_read
            for name in scope._readable_fields(entities[scope.entity])
        }
        return sorted(names)
