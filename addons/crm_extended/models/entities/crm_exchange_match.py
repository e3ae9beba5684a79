import time

import psycopg2

from odoo import api, models, modules

from ...exchange import arguments
from ...exchange.errors import ExchangeError
from ..exchange.crm_exchange import service

CRITERIA = (
    "name", "email", "phone", "vat", "ref", "street", "street2", "zip", "city",
    "country", "website",
)  # fmt: skip
TELLING = {"name", "email", "phone", "vat", "ref"}
_SAID_BY = {  # compared values -> exchanged fields that they are made of
    "given": ("name",),
    "family": ("name",),
    "address": ("street", "street2", "zip", "city"),
}
MOST = 5  # candidates told
LOOKED_AT = 40  # candidates found; those the client may not see are left out
SECONDS = "3s"  # given to the search
PACE = 0.2  # every answer takes a multiple of this: time says nothing of what is there


class ExchangeMatch(models.AbstractModel):
    """Whether a customer is known here, asked before it is sent.

    Who asks learns ids and how sure we are, of customers in its scope only. It has to
    know two things of a person itself, may use only what it may read anyway, pays ten
    calls for one and has a quota by the day.
    """

    _inherit = "crm.exchange"

    @service
    def match(self, criteria):
        """Customers that may be the one you describe, the likeliest first.

        :param dict criteria: fields of ``customer`` and what you know of them, two at
            least, one of them ``name``, ``email``, ``phone``, ``vat`` or ``ref``;
            ``is_company`` true for a company
        :return: ``{candidates: [{id, keys?, score, sure, agree}]}``, five at most.
            `score` is the probability from 0 to 1 as text; `sure`: we would unite the
            two without asking anybody; `agree`: which of your fields do
        """
        started = time.monotonic()
        own = self._client()
        found, scope = self._readable("customer")
        known = self._check_criteria(found, scope, criteria)
        candidates = self._find_known(own, found, scope, known)
        self._audit(own, "match", found.name, known, 1)
        if not modules.module.current_test:
            time.sleep(PACE - (time.monotonic() - started) % PACE)
        return {"candidates": candidates}

    @api.model
    def _check_criteria(self, entity, scope, criteria):
        """The criteria as values of a partner."""
        if not isinstance(criteria, dict):
            raise _wrong("criteria", "struct of fields and values", criteria)
        readable = scope._readable_fields(entity)
        known = {}
        for name, value in criteria.items():
            path = f"criteria.{name}"
            if name not in (*CRITERIA, "is_company") or name not in readable:
                allowed = [n for n in (*CRITERIA, "is_company") if n in readable]
                raise ExchangeError(
                    "unknown_field",
                    "This cannot be asked for.",
                    path=path,
                    expected=", ".join(allowed),
                )
            if name == "is_company":
                known[name] = arguments.flag(value, path)
            elif text := arguments.text(value, path).strip():
                known[name] = text[: entity.by_name[name].maximum or None]
        said = known.keys() - {"is_company"}
        if len(said) < 2 or said.isdisjoint(TELLING):
            raise _wrong("criteria", f"two, one of {', '.join(sorted(TELLING))}", said)
        return known

    @api.model
    def _find_known(self, client, entity, scope, known):
        partners = self.env["res.partner"].sudo().with_company(client.company_id)
        values = {n: v for n, v in known.items() if n != "country"}
        if code := known.get("country"):
            country = self.env["res.country"].sudo()
            values["country_id"] = country.search([("code", "=", code.upper())]).id
        values.setdefault("name", "")
        values["company_id"] = client.company_id.id
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute("SET LOCAL statement_timeout = %s", [SECONDS])
                found = partners._find_candidates(values, limit=LOOKED_AT)
                self.env.cr.execute("SET LOCAL statement_timeout = 0")
        except psycopg2.errors.QueryCanceled:
            raise ExchangeError(
                "busy", "The search took too long: try again.", retry_after=5
            ) from None
        ids = [one["partner_id"] for one in found]
        visible = self._visible_ids(client, entity, scope, ids)
        found = [one for one in found if one["partner_id"] in visible][:MOST]
        keys = self._keys_of(client, entity, [one["partner_id"] for one in found])
        return [_tell(one, known, keys) for one in found]


def _tell(candidate, known, keys):
    agree = {bar["field"] for bar in candidate["evidence"] if bar["bits"] > 0}
    names = {name for field in agree for name in _SAID_BY.get(field, (field,))}
    told = {
        "id": candidate["partner_id"],
        "score": f"{candidate['probability']:.2f}",
        "sure": bool(candidate["automatic"]),
        "agree": [name for name in known if name in names],
    }
    if candidate["partner_id"] in keys:
        told["keys"] = keys[candidate["partner_id"]]
    return told


def _wrong(path, expected, got):
    return ExchangeError(
        "invalid_argument",
        "The argument cannot be used.",
        path=path,
        expected=expected,
        got=sorted(got) if isinstance(got, set) else got,
    )
