import json
from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...exchange import wire
from ...loading.contested import Contested
from ...loading.customer_fields import to_fields, to_targets
from ...loading.customers import QUIET

CUSTOMER = "customer"


class ExchangePushCustomer(models.AbstractModel):
    """A push to a customer is what a source says: kept as received, believed by rules.

    Of a customer whom the client's source alone knows, its word is the value. Where
    other sources or people said something, too, the rules of survivorship decide, and
    the row is told which of its values were not believed.
    """

    _inherit = "crm.exchange"

    @api.model
    def _push_prepare(self, client, entity, new, changed):
        """Of customers, values of all that was sent: the source's record keeps them."""
        if entity.model == "res.partner":
            self._push_refuse_forgotten(new + changed)
        if entity.name != CUSTOMER:
            return super()._push_prepare(client, entity, new, changed)
        taken = {row: row.values for row in changed}
        for row in changed:
            row.values = {**row.set, **row.refs}
        super()._push_prepare(client, entity, new, changed)
        for row in new:
            row.said = row.vals
        for row, take in taken.items():
            left = {entity.by_name[name].column for name in row.values.keys() - take}
            row.values, row.said = take, row.vals
            row.vals = {c: v for c, v in row.said.items() if c not in left}

    @api.model
    def _push_refuse_forgotten(self, rows):
        people = {
            row: (row.values.get("email"), row.values.get("phone"))
            for row in rows
            if not row.errors
        }
        for row in self.env["crm.suppression"]._find(people):
            row.reject(
                "forgotten",
                "The person asked to be forgotten. Erase what you hold of the person.",
            )

    # ------------------------------------------------------------------ creating

    @api.model
    def _push_create(self, client, entity, rows):
        result = super()._push_create(client, entity, rows)
        if entity.name == CUSTOMER and rows:
            self._push_say(client, rows)
        return result

    @api.model
    def _push_keep_keys(self, client, entity, rows):
        if entity.name == CUSTOMER:
            return None  # the source's record is what keeps the key
        return super()._push_keep_keys(client, entity, rows)

    @api.model
    def _push_quiet(self, entity):
        model = super()._push_quiet(entity)
        if entity.name == CUSTOMER:  # they have no parents to agree with
            return model.with_context(**QUIET)
        return model

    # ------------------------------------------------------------------ changing

    @api.model
    def _push_write(self, records, vals_list):
        if records._name == "res.partner":
            return records._write_each(vals_list)
        return super()._push_write(records, vals_list)

    @api.model
    def _push_update(self, client, entity, rows):
        if entity.name != CUSTOMER or not rows:
            return super()._push_update(client, entity, rows)
        self._push_fill_units(entity, rows)
        before = self._push_say(client, rows)
        if client.source_id.proposes:
            for row in rows:
                row.status = "updated"
            return None
        contested = Contested(self.env).find([row.res_id for row in rows])
        ruled = self.env["crm.survivorship.rule"]._get_watched()
        for row in rows:
            if row.res_id in contested:
                row.vals = {n: v for n, v in row.vals.items() if n not in ruled}
        plain = [row for row in rows if row.vals]
        super()._push_update(client, entity, plain)
        for row in rows:
            row.status = "updated"
        self._push_decide([row for row in rows if row.res_id in contested], before)
        return None

    @api.model
    def _push_decide(self, rows, before):
        """Have the rules decide about what these rows say otherwise than before."""
        ruled = self.env["crm.survivorship.rule"]._get_watched()
        names, lost = defaultdict(set), defaultdict(dict)
        for row in rows:
            old, new = to_fields(before.get(row)), row.said
            for name in ruled & new.keys():
                value = None if new[name] is False else new[name]
                if old.get(name) == value:
                    continue
                names[row.res_id].add(name)
                if old.get(name) is not None and value is None:
                    lost[row.res_id][name] = old[name]
        if names:
            self.env.flush_all()
            self.env["crm.golden"]._redecide(names, lost)

    # ------------------------------------------------------------------ what it says

    @api.model
    def _push_say(self, client, rows):
        """Keep what rows say beside what their source said before.

        :return: {row: what its record said before}
        """
        source = client.source_id
        keys = self._push_source_keys(client, rows)
        known = source._get_before(list(keys.values()))
        before, kept, observed = {}, [], {}
        for row in rows:
            key = keys[row]
            before[row] = known.get(key, {})
            said = to_targets(
                {n: None if v is False else v for n, v in row.said.items()}
            )
            if "is_company" in row.said:
                said["is_company"] = bool(row.said["is_company"])
            kept.append(
                {
                    "key": key,
                    "partner_id": row.res_id,
                    "payload": _as_received(row),
                    "accepted": {**before[row], **said},
                }
            )
            if row.observed_at:
                news = [t for t in said if before[row].get(t) != said[t]]
                observed[key] = (row.observed_at, news)
        source._keep_rows(kept)
        self._push_observed(source, observed)
        if source.proposes:
            domain = [("source_id", "=", source.id), ("key", "in", list(keys.values()))]
            self.env["crm.source.record"].search(domain)._find_proposals()
        return before

    @api.model
    def _push_fill_units(self, entity, rows):
        """Who changes one line of an address speaks of the address as it stands here.

        Fields of one rule come together from one record: with the other lines missing,
        or as the source knew them long ago, the city of one partner would empty or set
        back the street of another.
        """
        rules = self.env["crm.survivorship.rule"]._get_all()
        units = [set(rule.fields) for rule in rules if len(rule.fields) > 1]
        partners = self.env["res.partner"].browse([row.res_id for row in rows])
        for row, partner in zip(rows, partners, strict=True):
            taken = {entity.by_name[name].column for name in row.values}
            for unit in units:
                for name in unit - taken if unit & taken else ():
                    value = partner[name]
                    is_link = partner._fields[name].relational
                    row.said[name] = value.id if is_link else value

    @api.model
    def _push_source_keys(self, client, rows):
        """{row: key of the client's record of the customer}"""
        by_id = [row.res_id for row in rows if not row.own_key]
        known = self._keys_of(client, rows[0].entity, by_id)
        return {
            row: row.own_key or known.get(row.res_id, [f"id:{row.res_id}"])[0]
            for row in rows
        }

    @api.model
    def _push_observed(self, source, observed):
        """A value is as old as the partner says, and never from the future."""
        if not observed:
            return
        now = fields.Datetime.now()
        stamps = [
            json.dumps({t: str(min(at, now)) for t in targets})
            for at, targets in observed.values()
        ]
        self.env.cr.execute(
            SQL(
                """UPDATE crm_source_record r
                      SET observed = COALESCE(r.observed, '{}') || v.observed
                     FROM unnest(%s::text[], %s::jsonb[]) AS v (key, observed)
                    WHERE r.source_id = %s AND r.key = v.key""",
                list(observed),
                stamps,
                source.id,
            )
        )
        self.env["crm.source.record"].invalidate_model()

    # ------------------------------------------------------------------ who said it

    @api.model
    def _push_origins(self, entity, rows):
        """Of customers: the decision kept, else what people entered here."""
        origins = super()._push_origins(entity, rows)
        if entity.name != CUSTOMER:
            return origins
        columns = {entity.by_name[n].column: n for row in rows for n in row.conflict}
        found = self.env["crm.golden"].search(
            [
                ("partner_id", "in", [row.res_id for row in rows]),
                ("field", "in", list(columns)),
            ]
        )
        for golden in found:
            place = (golden.partner_id.id, columns[golden.field])
            if place in origins and golden.source_id:
                at = (golden.observed_at or golden.decided_at).replace(microsecond=0)
                source = golden.source_id
                origins[place] = (source.code, source.trust, wire.moment(at))
        return origins

    @api.model
    def _push_pin(self, client, entity, res_id, chosen):
        """What a person chose of the partner's values stays, if rules say otherwise.

        :param chosen: {field name: value that was chosen}
        """
        if entity.name != CUSTOMER or not chosen:
            return
        partner = self.env["res.partner"].sudo().browse(res_id)
        domain = [("partner_id", "=", res_id), ("source_id", "=", client.source_id.id)]
        record = self.env["crm.source.record"].sudo().search(domain, limit=1)
        if not record:
            return
        golden = self.env["crm.golden"].sudo()
        ruled = self.env["crm.survivorship.rule"]._get_watched()
        said = record._get_said()
        columns = {entity.by_name[n].column for n in chosen if n in entity.by_name}
        names = [
            name
            for name in sorted(columns & ruled & said.keys())
            if not golden._is_same(name, golden._read_value(partner, name), said[name])
        ]
        if names:
            golden._pin(partner, names, {n: said[n] for n in names}, record)


def _as_received(row):
    """The row's own words, as the page of the sources shows them."""
    raw = row.raw.get("set")
    payload = {str(k): str(v)[:1000] for k, v in (raw or {}).items()}
    payload |= {name: "" for name in row.raw.get("unset", ())}
    return payload
