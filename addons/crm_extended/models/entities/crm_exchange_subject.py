import uuid

from odoo import api, models
from odoo.fields import Domain

from ...exchange import arguments
from ...exchange.errors import ExchangeError
from ...privacy.jscontact import card
from ..exchange.crm_exchange import service

MOST = 1000  # records of one entity in an export
PEOPLE = ("customer", "contact")


class ExchangeSubject(models.AbstractModel):
    """What a person may ask for at a partner's counter: their data, or their end."""

    _inherit = "crm.exchange"

    @service
    def erase(self, subject, reason="", entity="customer"):
        """Erase a person's data here; all systems that were told of them are told so.

        What the law makes us keep is kept without the person. When that is refused,
        because of an open invoice or a legal hold, our privacy officer finds your
        request and decides.

        :param dict subject: ``{"id": 7}`` or ``{"source": "ERP", "id": "A-1"}``
        :param str reason: who asked for it and when, for our officer
        :param str entity: ``customer`` or ``contact``
        :return: ``{status, id}`` with status ``erased``, ``refused``, or
            ``would_erase`` for a client in its test phase
        """
        own = self._client()
        found, scope = self._scope_for(own, entity, "erase")
        reason = arguments.text(reason, "reason")[:500]
        res_id = self._find_subject(own, found, scope, subject)
        if not res_id:
            return {"status": "erased", "id": self._erased_before(own, found, subject)}
        if own.sandbox:
            return {"status": "would_erase", "id": res_id}
        status = self._erase(own, res_id, reason)
        self._audit(own, "erase", found.name, (), 1)
        return {"status": status, "id": res_id}

    @api.model
    def _erase(self, client, res_id, reason):
        """Through the officer's own erasure, with its refusals and its proof."""
        erasures = self.env["crm.erasure"].sudo().with_company(client.company_id)
        note = self.env._("Asked by the exchange client %(name)s.", name=client.name)
        erasure = erasures.create(
            {
                "reason": "request",
                "note": f"{note} {reason}".strip(),
                "partner_ids": [(6, 0, [res_id])],
                "company_id": client.company_id.id,
            }
        )
        erasure.action_preview()
        if erasure.refusal:
            return "refused"
        erasure._run()
        return "erased" if erasure.state == "done" else "refused"

    @service
    def subject_export(self, subject, entity="customer"):
        """A person's data for the person, as far as you may read them.

        :param dict subject: as for `erase`
        :param str entity: ``customer`` or ``contact``
        :return: ``{card, records: {entity: [{id, data}]}, cut}``: `card` is JSContact
            (RFC 9553), `records` what belongs to the person, `cut` the entities of
            which only the first thousand are here
        """
        own = self._client()
        found, scope = self._scope_for(own, entity, "read")
        res_id = self._find_subject(own, found, scope, subject)
        person = self._read_visible(own, found, scope, [("id", "=", res_id)])
        if not person:
            raise _unknown(subject)
        self._disclose(own, found, scope, person)
        records, cut = {}, []
        for other, other_scope in self._scopes(own):
            if not other.owners:
                continue
            theirs = Domain.OR(Domain(path, "=", res_id) for path in other.owners)
            rows = self._read_visible(own, other, other_scope, theirs, limit=MOST)
            self._disclose(own, other, other_scope, rows)
            names = other_scope._readable_fields(other)
            self._audit(own, "export", other.name, names, len(rows))
            if rows:
                records[other.name] = [
                    {"id": res_id, "data": row.data} for res_id, row in rows.items()
                ]
            if len(rows) == MOST:
                cut.append(other.name)
        self._audit(own, "export", found.name, scope._readable_fields(found), 1)
        return {
            "card": self._get_card(found, person[res_id]),
            "records": records,
            "cut": cut,
        }

    @api.model
    def _get_card(self, entity, record):
        """What the client may read of a person, as JSContact."""
        data = record.data
        secret = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        name = f"{secret}/{entity.model}/{record.id}"
        names = ("name", "email", "phone", "website", "street", "street2", "city")
        person = {name: data.get(name, "") for name in names}
        person |= {
            "title": data.get("function", ""),
            "postcode": data.get("zip", ""),
            "country_code": data.get("country", ""),
            "region": data.get("state", ""),
            "language": data.get("lang", ""),
            "is_company": data.get("is_company", False),
        }
        return card(f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}", person)

    # ------------------------------------------------------------------ who

    @api.model
    def _scope_for(self, client, entity, verb):
        entity = arguments.text(entity, "entity")
        scope = self._scope_of(client).get(entity)
        if entity not in PEOPLE or not scope or not scope._may(verb):
            raise ExchangeError(
                "out_of_scope",
                "This is not in your scope; hello() lists what is.",
                path="entity",
                got=entity,
            )
        return self._entities()[entity], scope

    @api.model
    def _find_subject(self, client, entity, scope, subject):
        """Id of the record that is meant, 0 when the client sees no such record."""
        res_id = self._get_id(client, entity, subject)
        [found] = self._visible_ids(client, entity, scope, [res_id]) or [0]
        return found

    @api.model
    def _get_id(self, client, entity, subject):
        [key] = arguments.keys([subject], client.source_id.code or "")
        if isinstance(key, str):
            return self._resolve(client, entity, [key]).get(key, 0)
        return key

    @api.model
    def _erased_before(self, client, entity, subject):
        """Id of a person erased before: asking twice does no harm."""
        res_id = self._get_id(client, entity, subject)
        told = self._disclosed(client, entity, None, [res_id])
        if not self._erased(entity, told):
            raise _unknown(subject)
        return res_id


def _unknown(subject):
    return ExchangeError(
        "not_found", "There is no such record.", path="subject", got=subject
    )
