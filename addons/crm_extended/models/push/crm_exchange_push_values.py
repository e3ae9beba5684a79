from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from ...loading.customers import QUIET

_QUIET = {key: value for key, value in QUIET.items() if not key.startswith("_")}


class ExchangePushValues(models.AbstractModel):
    """Values of rows become values of the model, and these become records.

    An entity that needs more than plain fields of one model extends `crm.exchange` by
    methods that are called by the entity's name where they exist:

    * `_push_values_<entity>(client, rows)` -> list of values for `create` or `write`,
      in the order of the rows; `row.values` holds what is to be written, references as
      ids, `row.res_id` is 0 for a new record, `row.reject(...)` refuses the row;
    * `_push_create_<entity>(client, vals_list)` -> records, in the same order;
    * `_push_write_<entity>(client, records, vals_list)`;
    * `_push_after_<entity>(client, records, rows)`, when both are done;
    * `_push_delete_<entity>(client, records)`.

    They run with the system's rights as the client's user; what they raise refuses the
    rows at which they fail.
    """

    _inherit = "crm.exchange"

    @api.model
    def _push_prepare(self, client, entity, new, changed):
        rows = [row for row in new + changed if not row.errors]
        if not rows:
            return
        hook = getattr(self, f"_push_values_{entity.name}", self._push_values)
        for row, vals in zip(rows, hook(client, rows), strict=True):
            row.vals = vals

    @api.model
    def _push_values(self, client, rows):
        """Plain fields: the default of `_push_values_<entity>`, for it to build on.

        :return: list of values for `create` or `write`, in the order of the rows
        """
        entity = rows[0].entity
        model = self.env[entity.model]
        codes = self._push_codes(entity, rows)
        self._push_check_ids(client, entity, rows)
        prepared = []
        for row in rows:
            vals = {}
            for name, value in row.values.items():
                field = entity.by_name[name]
                if field.kind == "code" and value is not None:
                    value = codes[name](row, value)
                    if not value:
                        row.reject(
                            "invalid_value",
                            "There is no such code.",
                            f"set.{name}",
                            got=row.values[name],
                        )
                elif field.kind == "datetime" and value is not None:
                    value = value.rstrip("Z").replace("T", " ")
                elif field.kind == "decimal" and value is not None:
                    value = float(value)
                elif not self._push_fits(model._fields[field.column], value):
                    row.reject(
                        "invalid_value",
                        "The value is none of those known.",
                        f"set.{name}",
                        got=value,
                    )
                vals[field.column] = False if value is None else value
            prepared.append(vals)
        return prepared

    @api.model
    def _push_check_ids(self, client, entity, rows):
        """Our ids among the values may name only what the client may know of."""
        for field in entity.fields:
            if field.kind != "reference" or not field.entity:
                continue
            named = {r: r.set[field.name] for r in rows if r.set.get(field.name)}
            known = self._push_reachable(client, field.entity, set(named.values()))
            for row, res_id in named.items():
                if field.name in row.values and res_id not in known:
                    reason = "There is no such record."
                    row.reject("not_found", reason, f"set.{field.name}")

    @api.model
    def _push_reachable(self, client, name, ids):
        """Those of `ids` that a value may refer to; people below a customer, too."""
        if not ids:
            return set()
        entity = self._entities()[name]
        scope = self._push_scopes(client).get(name)
        domain = Domain.TRUE
        if entity.model == "res.partner":
            domain = self._customer_base(client)
            seen = domain & self._customer_filter(client)
            domain &= Domain("commercial_partner_id", "any", seen)
        elif scope:
            domain = self._visible_domain(client, entity, scope)
        elif self._company_path(entity):
            domain = Domain(entity.company, "in", [client.company_id.id, False])
        model = self.env[entity.model].sudo().with_context(active_test=False)
        return set(model.search(domain & Domain("id", "in", sorted(ids))).ids)

    @api.model
    def _push_fits(self, field, value):
        """Whether a value is among those of a selection."""
        if field.type != "selection" or value is None:
            return True
        return value in field.get_values(self.env)

    @api.model
    def _push_codes(self, entity, rows):
        """{field name: function of (row, code) -> id or 0}

        Codes of a country's parts are the country's own: the row's country tells them
        apart, be it sent or already there.
        """
        found = {}
        for field in entity.fields:
            if field.kind == "code":
                codes = {row.values.get(field.name) for row in rows} - {None}
                found[field.name] = self._push_code_finder(entity, field, codes)
        return found

    @api.model
    def _push_code_finder(self, entity, field, codes):
        target = self.env[self.env[entity.model]._fields[field.column].comodel_name]
        by_code = defaultdict(list)
        if codes:
            spellings = codes | {c.upper() for c in codes} | {c.lower() for c in codes}
            domain = Domain(field.code, "in", list(spellings))
            for record in target.search(domain):
                by_code[record[field.code].upper()].append(record)
        by_country = "country_id" in target._fields and "country" in entity.by_name

        def find(row, code):
            records = by_code.get(code.upper(), [])
            if by_country and len(records) > 1:
                country = row.values.get("country") or row.theirs.get("country") or ""
                records = [r for r in records if r.country_id.code == country.upper()]
            return records[0].id if records else 0

        return find

    # ------------------------------------------------------------------ records

    @api.model
    def _push_create(self, client, entity, rows):
        if not rows:
            return
        vals_list = [row.vals for row in rows]
        hook = getattr(self, f"_push_create_{entity.name}", None)
        if hook:
            records = hook(client, vals_list)
        else:
            records = self._push_quiet(entity).create(vals_list)
        for row, record in zip(rows, records, strict=True):
            row.res_id, row.status = record.id, "created"
        self._push_keep_keys(client, entity, rows)

    @api.model
    def _push_keep_keys(self, client, entity, rows):
        self._remember(client, entity, {r.own_key: r.res_id for r in rows if r.own_key})

    @api.model
    def _push_update(self, client, entity, rows):
        """Rows that change alike are written together."""
        if not rows:
            return
        records = self._push_quiet(entity).browse([row.res_id for row in rows])
        vals_list = [row.vals for row in rows]
        hook = getattr(self, f"_push_write_{entity.name}", None)
        if hook:
            hook(client, records, vals_list)
        else:
            self._push_write(records, vals_list)
        for row in rows:
            row.status = "updated"

    @api.model
    def _push_write(self, records, vals_list):
        """The default of `_push_write_<entity>`: one `write` for all that is alike."""
        alike = defaultdict(list)
        for record, vals in zip(records, vals_list, strict=True):
            alike[repr(sorted(vals.items()))].append((record.id, vals))
        for group in alike.values():
            same = records.browse([res_id for res_id, _vals in group])
            same.with_prefetch(records.ids).write(dict(group[0][1]))

    @api.model
    def _push_quiet(self, entity):
        """The model, where nobody follows or is told of what a system writes."""
        model = self.env[entity.model].with_context(**_QUIET)
        return self.env["crm.golden"]._by_machine(model)
