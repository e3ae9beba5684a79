from odoo import api, models
from odoo.tools import SQL


class ExchangeKeys(models.AbstractModel):
    """Records found again by the keys of the system that sends them."""

    _inherit = "crm.exchange"

    @api.model
    def _resolve(self, client, entity, keys):
        """{key: id of the record} of those keys the client's source knows.

        Keys of records that are no more are left out; those of merged customers and
        contacts mean the survivor.

        :param client: `crm.exchange.client`
        :param entity: `Entity` or its name
        :param keys: iterable of texts, as `wire.key` returns them
        """
        entity = self._declared(entity)
        keys = list(keys)
        if not keys or not client.source_id:
            return {}
        if entity.name == "customer":
            self.env["crm.source.record"].flush_model()
            found = SQL(
                """SELECT key, partner_id FROM crm_source_record
                    WHERE source_id = %s AND key = ANY(%s)
                      AND partner_id IS NOT NULL""",
                client.source_id.id,
                keys,
            )
        else:
            found = SQL(
                """SELECT k.key, k.res_id FROM crm_exchange_key k
                     JOIN %s r ON r.id = k.res_id
                    WHERE k.source_id = %s AND k.entity = %s AND k.key = ANY(%s)""",
                SQL.identifier(entity.table),
                client.source_id.id,
                entity.name,
                keys,
            )
        self.env.cr.execute(found)
        by_key = dict(self.env.cr.fetchall())
        if entity.model == "res.partner":
            into = self._survivors(set(by_key.values()))
            by_key = {key: into.get(res_id, res_id) for key, res_id in by_key.items()}
        return by_key

    @api.model
    def _remember(self, client, entity, by_key):
        """Keep {key: id of the record} for the client's source; later ones replace.

        :param client: `crm.exchange.client`
        :param entity: `Entity` or its name
        """
        entity = self._declared(entity)
        if not by_key or not client.source_id:
            return
        keys, ids = list(by_key), list(by_key.values())
        if entity.name == "customer":
            self.env["crm.source.record"].flush_model()
            statement = """
                INSERT INTO crm_source_record (source_id, key, partner_id, received_at,
                       received_by, create_uid, create_date, write_uid, write_date)
                SELECT %(source)s, v.key, v.id, now() AT TIME ZONE 'utc', %(uid)s,
                       %(uid)s, now() AT TIME ZONE 'utc', %(uid)s,
                       now() AT TIME ZONE 'utc'
                  FROM unnest(%(keys)s, %(ids)s) AS v (key, id)
                ON CONFLICT (source_id, key) DO UPDATE
                   SET partner_id = EXCLUDED.partner_id
                 WHERE crm_source_record.partner_id
                       IS DISTINCT FROM EXCLUDED.partner_id"""
        else:
            statement = """
                INSERT INTO crm_exchange_key (source_id, entity, key, res_id)
                SELECT %(source)s, %(entity)s, v.key, v.id
                  FROM unnest(%(keys)s, %(ids)s) AS v (key, id)
                ON CONFLICT (source_id, entity, key) DO UPDATE
                   SET res_id = EXCLUDED.res_id
                 WHERE crm_exchange_key.res_id IS DISTINCT FROM EXCLUDED.res_id"""
        self.env.cr.execute(
            SQL(
                statement,
                source=client.source_id.id,
                uid=self.env.uid,
                entity=entity.name,
                keys=keys,
                ids=ids,
            )
        )
        self.env["crm.source.record"].invalidate_model()
        self.env["crm.exchange.key"].invalidate_model()

    @api.model
    def _keys_of(self, client, entity, ids):
        """{id: [the client's own keys of it]}"""
        if not client.source_id or not ids:
            return {}
        if entity.name == "customer":
            self.env["crm.source.record"].flush_model()
            statement = """
                SELECT partner_id, array_agg(key ORDER BY id) FROM crm_source_record
                 WHERE source_id = %(source)s AND partner_id = ANY(%(ids)s)
                 GROUP BY partner_id"""
        else:
            statement = """
                SELECT res_id, array_agg(key ORDER BY id) FROM crm_exchange_key
                 WHERE source_id = %(source)s AND entity = %(entity)s
                   AND res_id = ANY(%(ids)s)
                 GROUP BY res_id"""
        source = client.source_id.id
        self.env.cr.execute(
            SQL(statement, source=source, entity=entity.name, ids=list(ids))
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _declared(self, entity):
        """The declaration of an entity, given itself or its name."""
        return self._entities()[entity] if isinstance(entity, str) else entity

    @api.model
    def _survivors(self, ids):
        """{id of a merged partner: id of the one it is part of now}"""
        self.env.cr.execute(
            SQL(
                """WITH RECURSIVE trail (id, at, depth) AS (
                       SELECT id, merged_into_id, 1 FROM res_partner
                        WHERE id = ANY(%s) AND merged_into_id IS NOT NULL
                        UNION ALL
                       SELECT t.id, p.merged_into_id, t.depth + 1
                         FROM trail t JOIN res_partner p ON p.id = t.at
                        WHERE p.merged_into_id IS NOT NULL AND t.depth < 20)
                   SELECT DISTINCT ON (id) id, at FROM trail
                    ORDER BY id, depth DESC""",
                list(ids),
            )
        )
        return dict(self.env.cr.fetchall())
