from decimal import Decimal

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...exchange import wire
from ...exchange.shown import Shown


class ExchangeValues(models.AbstractModel):
    """Records of an entity as a client sees them, value by value.

    What the exchange says of a record is defined here; `crm_exchange_texts` has the
    database say the same faster.
    """

    _inherit = "crm.exchange"

    @api.model
    def _read_values(self, client, entity, scope, domain, limit=None):
        """Records as `_read_visible` gives them, in a fixed number of queries."""
        model = self._reading_model(client, entity.model)
        domain = self._visible_domain(client, entity, scope) & Domain(domain)
        query = model._search(domain, order="id", limit=limit)
        fields = [entity.by_name[name] for name in scope._readable_fields(entity)]
        plain = [field for field in fields if field.kind != "lines"]
        rows = self._select(model, query, plain)
        ids = [row[0] for row in rows]
        codes = self._codes(model, plain, rows)
        keys = self._keys_of(client, entity, ids)
        lines = {
            field.name: self._read_lines(client, model, field, ids)
            for field in fields
            if field.kind == "lines" and ids
        }
        return {
            row[0]: _record(row, plain, codes, keys.get(row[0]), lines) for row in rows
        }

    @api.model
    def _reading_model(self, client, name):
        """A model as the exchange reads it: all companies' rights, one language.

        A text that is translated is sent in the language of the client's login,
        whatever the call says: a revision must not depend on who asks.
        """
        model = self.env[name].sudo().with_company(client.company_id)
        login = client.user_id
        login.fetch(["partner_id"])  # not all that is known of these two
        login.partner_id.fetch(["lang"])
        lang = login.partner_id.lang or "en_US"
        return model.with_context(active_test=False, lang=lang)

    @api.model
    def _select(self, model, query, fields, *more):
        columns = [
            model._field_to_sql(query.table, field.column, query) for field in fields
        ]
        names = [SQL.identifier(query.table, name) for name in ("id", *more)]
        return self.env.execute_query(query.select(*names, *columns))

    @api.model
    def _codes(self, model, fields, rows, first=1):
        """{field name: {id: code}} of the many2one targets in `rows`."""
        codes = {}
        for place, field in enumerate(fields, start=first):
            if field.kind == "code":
                target = self.env[model._fields[field.column].comodel_name]
                target = target.sudo().with_env(model.env)
                found = target.browse({row[place] for row in rows if row[place]})
                found.fetch([field.code])
                codes[field.name] = {r.id: r[field.code] for r in found}
        return codes

    @api.model
    def _read_lines(self, client, model, field, ids):
        """{id of the record: its lines as structs, in order of id}, in one query."""
        many = model._fields[field.column]
        lines = self._reading_model(client, many.comodel_name)
        domain = Domain(many.inverse_name, "in", ids)
        domain &= Domain(many.get_comodel_domain(model))
        query = lines._search(domain, order="id")
        rows = self._select(lines, query, field.fields, many.inverse_name)
        codes = self._codes(lines, field.fields, rows, first=2)
        found = {}
        for row in rows:
            data, _cut = _data(row[2:], field.fields, codes)
            found.setdefault(row[1], []).append({"id": row[0], **data})
        return found


def _record(row, fields, codes, keys, lines):
    data, cut = _data(row[1:], fields, codes)
    for name, by_id in lines.items():
        if found := by_id.get(row[0]):
            data[name] = found
    return Shown.of(row[0], data, keys or (), cut)


def _data(values, fields, codes):
    """({name: value as it goes over the wire}, [names of texts that were cut])"""
    data, cut = {}, []
    for value, field in zip(values, fields, strict=True):
        if field.kind == "boolean":
            data[field.name] = bool(value)
            continue
        if field.kind == "code":
            value = codes[field.name].get(value)
        if value is None or value == "" or value is False:
            continue
        if field.kind == "decimal":
            data[field.name] = decimal(value)
            continue
        if field.maximum and len(value) > field.maximum:
            value = value[: field.maximum]
            cut.append(field.name)
        data[field.name] = wire.outgoing(value, field.name)
    return data, cut


def decimal(value):
    """A number as text, in one spelling whatever its column.

    >>> decimal(Decimal("12.50")), decimal(100.0), decimal(-0.0)
    ('12.5', '100', '0')
    """
    value = value if isinstance(value, Decimal) else Decimal(str(value))
    return format(value.normalize() or Decimal(0), "f")
