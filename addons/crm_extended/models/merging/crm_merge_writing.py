import json

from psycopg2.extras import Json

from odoo import models
from odoo.tools import SQL

from .crm_merge_choice import _plain


class CrmMergeWriting(models.Model):
    """The chosen values are written: one statement for all survivors."""

    _inherit = "crm.merge"

    def _write_values(self, chosen):
        """Give the surviving customers their values, in one statement.

        :param chosen: {target id: {field: {"value", "partner_id", "rule"}}}
        :returns: names of the fields that changed anywhere
        """
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        self._unite_objects()
        rows, values, changed = {}, [], {}
        for merge in self:
            target = partners.browse(merge.partner_id.id)
            for name, choice in chosen.get(target.id, {}).items():
                field = partners._fields.get(name)
                if field is None or not field.store or not field.column_type:
                    continue
                before = _plain(target[name])
                value = field.convert_to_cache(_plain(choice["value"]), target)
                if choice["rule"] != "manual" and (value or False) == (before or False):
                    continue
                column = field.convert_to_column(value, target)
                rows.setdefault(target.id, {})[name] = _json(column)
                changed[name] = field
                values.append(
                    {
                        "merge_id": merge.id,
                        "field_name": name,
                        "value": _json(column),
                        "before": _json(field.convert_to_column(before, target)),
                        "partner_id": choice.get("partner_id") or False,
                        "rule": choice.get("rule") or False,
                    }
                )
        self._write_rows(rows, changed)
        self.env["crm.merge.value"].sudo().create(values)
        return set(changed)

    def _write_rows(self, rows, changed):
        if not rows:
            return
        assigned = SQL(", ").join(
            SQL(
                "%(c)s = CASE WHEN r.data ? %(name)s THEN "
                "(jsonb_populate_record(NULL::res_partner, r.data)).%(c)s "
                "ELSE p.%(c)s END",
                c=SQL.identifier(name),
                name=name,
            )
            for name in sorted(changed)
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner p
                   SET %(assigned)s, write_uid = %(uid)s,
                       write_date = (now() AT TIME ZONE 'UTC')
                  FROM (SELECT key::integer AS id, value AS data
                          FROM jsonb_each(%(rows)s::jsonb)) r
                 WHERE r.id = p.id
                """,
                assigned=assigned,
                uid=self.env.uid,
                rows=Json({str(id_): row for id_, row in rows.items()}),
            )
        )

    def _unite_objects(self):
        """Values per company and properties: the survivor's, gaps from the others."""
        fields_ = [
            field
            for field in self.env["res.partner"]._fields.values()
            if field.store
            and field.column_type
            and (field.company_dependent or field.type == "properties")
        ]
        if not fields_:
            return
        union = SQL(", ").join(
            SQL(
                "%(c)s = CASE WHEN jsonb_typeof(s.%(c)s) = 'object' "
                "THEN s.%(c)s || coalesce(p.%(c)s, '{}'::jsonb) ELSE p.%(c)s END",
                c=SQL.identifier(field.name),
            )
            for field in fields_
        )
        merged = SQL(", ").join(
            SQL(
                "(SELECT jsonb_object_agg(kv.key, kv.value "
                "ORDER BY o.write_date, o.id) FROM crm_merge_map m "
                "JOIN res_partner o ON o.id = m.source_id "
                "CROSS JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(o.%(c)s) = "
                "'object' THEN o.%(c)s END) kv "
                "WHERE m.target_id = t.target_id AND kv.value != 'null') AS %(c)s",
                c=SQL.identifier(field.name),
            )
            for field in fields_
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner p SET %(union)s
                  FROM (SELECT t.target_id, %(merged)s FROM
                        (SELECT DISTINCT m.target_id FROM crm_merge_map m
                           JOIN res_partner o ON o.id = m.source_id
                          WHERE coalesce(%(any)s) IS NOT NULL) t) s
                 WHERE s.target_id = p.id
                """,
                any=SQL(", ").join(
                    SQL("nullif(o.%s, '{}'::jsonb)", SQL.identifier(field.name))
                    for field in fields_
                ),
                union=union,
                merged=merged,
            )
        )


def _json(value):
    """A column's value as JSON keeps it; dates become texts that PostgreSQL reads."""
    return json.loads(json.dumps(value, default=str))
