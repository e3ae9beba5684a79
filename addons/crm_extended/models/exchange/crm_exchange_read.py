import hashlib
import json

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...exchange import wire


class ExchangeRead(models.AbstractModel):
    """Records of an entity as a client sees them, in a fixed number of queries."""

    _inherit = "crm.exchange"

    @api.model
    def _visible_domain(self, client, entity, scope):
        """Which records of `entity` the client may see, archived ones included."""
        domain = Domain(entity.domain) & scope._record_domain()
        model = self.env[entity.model]
        if "company_id" in model._fields:
            domain &= Domain("company_id", "in", [client.company_id.id, False])
        if entity.model == "res.partner":
            # our own companies, staff and logins are partners in Odoo, not customers
            domain &= Domain("partner_share", "=", True)
            domain &= Domain("merged_into_id", "=", False)
            domain &= Domain("id", "not in", self._technical_partners())
            # a shell without personal data: partners are told to erase it, too
            domain &= Domain("erased_at", "=", False)
        return domain

    @api.model
    def _erased(self, entity, ids):
        """Those of `ids` whose personal data were erased."""
        if entity.model != "res.partner" or not ids:
            return set()
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        domain = [("id", "in", list(ids)), ("erased_at", "!=", False)]
        return set(partners.search(domain).ids)

    @api.model
    def _technical_partners(self):
        """Ids of partners that stand for ourselves: companies, visitors, machines."""
        public = self.env["ir.model.data"]._xmlid_to_res_id("base.group_public")
        template = self.env["ir.model.data"]._xmlid_to_res_id(
            "base.template_portal_user_id"
        )
        self.env.cr.execute(
            SQL(
                """SELECT u.partner_id FROM res_users u
                    WHERE u.id = %s
                       OR u.id IN (SELECT uid FROM res_groups_users_rel WHERE gid = %s)
                       OR u.id IN (SELECT user_id FROM crm_exchange_client)
                    UNION SELECT partner_id FROM res_company""",
                template or 0,
                public or 0,
            )
        )
        return [partner for (partner,) in self.env.cr.fetchall()]

    @api.model
    def _read_visible(self, client, entity, scope, domain, limit=None):
        """Records within `domain` that the client may see, by id.

        :return: ``{id: {"id", "rev", "data", "keys"?, "cut"?}}`` in order of id;
            an empty field is left out of `data`. `rev` changes exactly when something
            that this client sees does. `cut` names texts longer than declared.
        """
        model = self.env[entity.model].sudo().with_context(active_test=False)
        model = model.with_company(client.company_id)
        domain = self._visible_domain(client, entity, scope) & Domain(domain)
        query = model._search(domain, order="id", limit=limit)
        fields = [entity.by_name[name] for name in scope._readable_fields(entity)]
        columns = [
            model._field_to_sql(query.table, field.column, query) for field in fields
        ]
        rows = self.env.execute_query(
            query.select(SQL.identifier(query.table, "id"), *columns)
        )
        codes = self._codes(model, fields, rows)
        keys = self._keys_of(client, entity, [row[0] for row in rows])
        return {row[0]: _record(row, fields, codes, keys.get(row[0])) for row in rows}

    @api.model
    def _codes(self, model, fields, rows):
        """{field name: {id: code}} of the many2one targets in `rows`."""
        codes = {}
        for place, field in enumerate(fields, start=1):
            if field.kind == "code":
                target = self.env[model._fields[field.column].comodel_name].sudo()
                ids = {row[place] for row in rows if row[place]}
                found = target.browse(ids)
                found.fetch([field.code])
                codes[field.name] = {r.id: r[field.code] for r in found}
        return codes

    # ------------------------------------------------------------------ disclosure

    @api.model
    def _disclose(self, client, entity, scope, ids):
        """Remember which records a client has been told of.

        Only of those it may be told that they left, were deleted or merged: otherwise
        the feed would betray the existence of records that were never its business.
        That holds for clients without a filter too: other companies' customers, staff
        and logins are never theirs.
        """
        if not ids:
            return
        with self._own_cursor() as cr:
            cr.execute(
                SQL(
                    """INSERT INTO crm_exchange_disclosed (client_id, entity, res_id)
                       SELECT %s, %s, unnest(%s) ON CONFLICT DO NOTHING""",
                    client.id,
                    entity.name,
                    list(ids),
                )
            )

    @api.model
    def _disclosed(self, client, entity, scope, ids):
        """Those of `ids` that the client may be told to be gone."""
        if not ids:
            return set()
        self.env.cr.execute(
            SQL(
                """SELECT res_id FROM crm_exchange_disclosed
                    WHERE client_id = %s AND entity = %s AND res_id = ANY(%s)""",
                client.id,
                entity.name,
                list(ids),
            )
        )
        return {res_id for (res_id,) in self.env.cr.fetchall()}

    @api.model
    def _gone(self, entity, ids):
        """What became of records that are no more: {id: id it was merged into, or 0}.

        Merges are followed to the record that is alive now. A record that is alive, or
        that never was, is not in the answer. A merged customer is kept, archived, so
        that the merge can be undone; for partners it is no more.
        """
        merged = entity.model == "res.partner"
        self.env.cr.execute(
            SQL(
                """WITH RECURSIVE trail (id, at, depth) AS (
                       SELECT DISTINCT c.res_id, c.res_id, 0 FROM crm_exchange_change c
                        WHERE c.entity = %(entity)s AND c.res_id = ANY(%(ids)s)
                          AND c.op IN ('d', 'm')
                          AND NOT EXISTS (SELECT FROM %(table)s p
                                           WHERE p.id = c.res_id %(alive)s)
                        UNION ALL
                       SELECT t.id, c.into_id, t.depth + 1 FROM trail t
                         JOIN LATERAL (
                              SELECT into_id FROM crm_exchange_change c
                               WHERE c.entity = %(entity)s AND c.res_id = t.at
                                 AND c.op = 'm'
                               ORDER BY c.id DESC LIMIT 1) c ON true
                        WHERE t.depth < 20
                          AND NOT EXISTS (SELECT FROM %(table)s p
                                           WHERE p.id = t.at %(alive)s)
                   ), kept AS (
                       %(kept)s
                   )
                   SELECT id, into_id FROM kept
                    UNION ALL
                   SELECT id, into_id FROM (
                       SELECT DISTINCT ON (t.id) t.id, coalesce(p.id, 0) AS into_id
                         FROM trail t
                         LEFT JOIN %(table)s p ON p.id = t.at %(alive)s
                        ORDER BY t.id, t.depth DESC) told
                    WHERE NOT EXISTS (SELECT FROM kept k WHERE k.id = told.id)""",
                ids=list(ids),
                entity=entity.name,
                table=SQL.identifier(entity.table),
                alive=SQL("AND p.merged_into_id IS NULL") if merged else SQL(),
                kept=SQL(
                    "SELECT id, merged_into_id AS into_id FROM res_partner "
                    "WHERE id = ANY(%s) AND merged_into_id IS NOT NULL",
                    list(ids),
                )
                if merged
                else SQL("SELECT 0 AS id, 0 AS into_id WHERE false"),
            )
        )
        return dict(self.env.cr.fetchall())


def _record(row, fields, codes, keys):
    data, cut = {}, []
    for value, field in zip(row[1:], fields, strict=True):
        if field.kind == "boolean":
            data[field.name] = bool(value)
            continue
        if field.kind == "code":
            value = codes[field.name].get(value)
        if value is None or value == "" or value is False:
            continue
        if field.maximum and len(value) > field.maximum:
            value = value[: field.maximum]
            cut.append(field.name)
        data[field.name] = value
    record = {"id": row[0], "rev": _revision(data), "data": data}
    if keys:
        record["keys"] = keys
    if cut:
        record["cut"] = cut
    return record


def _revision(data):
    text = json.dumps(
        data, sort_keys=True, separators=(",", ":"), default=wire.outgoing
    )
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
