from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...exchange.shown import Shown, is_doubtful

# Odoo's types that the database writes as the exchange does, by kind of field
_TYPES = {
    "char": ("char", "text", "selection", "html"),
    "code": ("many2one",),
    "integer": ("integer", "many2one", "many2one_reference"),
    "reference": ("many2one", "many2one_reference"),
    "decimal": ("float", "monetary"),
    "boolean": ("boolean",),
    "date": ("date",),
    "datetime": ("datetime",),
}


class _Column(NamedTuple):
    """A field in a query: its value as JSON, null to be left out, and when to doubt it.

    :param doubt: condition under which the text is longer than declared, or None
    """

    name: str
    text: SQL
    doubt: SQL | None = None


class ExchangeTexts(models.AbstractModel):
    """Records written as JSON by the database: a page costs one statement, not a loop.

    The text is, byte for byte, what `revision.canonical` makes of the same data read
    value by value. Where the database cannot know (a text that is cut, characters that
    XML does not carry) the record is read that way instead, and so is an entity with a
    field of another kind than those of `_TYPES`.
    """

    _inherit = "crm.exchange"

    @api.model
    def _read_visible(self, client, entity, scope, domain, limit=None):
        """Records within `domain` that the client may see, by id.

        :return: ``{id: Shown}`` in order of id; an empty field is left out of the data.
            The revision changes exactly when something that this client sees does.
        """
        model = self._reading_model(client, entity.model)
        fields = [entity.by_name[name] for name in scope._readable_fields(entity)]
        if not all(_is_plain(model, field) for field in fields):
            return self._read_values(client, entity, scope, domain, limit)
        domain = self._visible_domain(client, entity, scope) & Domain(domain)
        lines = [field for field in fields if field.kind == "lines"]
        if lines:  # they are asked for by the ids of the page
            ids = model._search(domain, order="id", limit=limit).get_result_ids()
            domain = Domain("id", "in", ids)
        query = model._search(domain, order="id", limit=limit)
        columns = [
            self._write_lines(client, model, query, field, ids)
            if field.kind == "lines"
            else self._write_column(model, query, field)
            for field in fields
        ]
        rows = self.env.execute_query(_as_text(query, columns))
        return self._show(client, entity, scope, rows)

    @api.model
    def _show(self, client, entity, scope, rows):
        """{id: Shown} of rows (id, data, revision, doubt), in their order."""
        keys = self._keys_of(client, entity, [row[0] for row in rows])
        shown, doubted = {}, []
        for res_id, text, rev, doubt in rows:
            shown[res_id] = Shown(res_id, rev, text, keys.get(res_id, ()))
            if doubt or is_doubtful(text):
                doubted.append(res_id)
        if doubted:
            domain = [("id", "in", doubted)]
            shown |= self._read_values(client, entity, scope, domain)
        return shown

    # ------------------------------------------------------------------ statements

    @api.model
    def _write_column(self, model, query, field):
        """The column of a plain field; a code's target is joined to the query."""
        column = model._fields[field.column]
        value = model._field_to_sql(query.table, field.column, query)
        if field.kind == "code":
            target = self.env[column.comodel_name].sudo().with_env(model.env)
            alias = query.make_alias(query.table, f"{field.column}__code")
            at = SQL("%s = %s", SQL.identifier(alias, "id"), value)
            query.add_join("LEFT JOIN", alias, target._table, at)
            value = target._field_to_sql(alias, field.code, query)
        if field.kind in ("char", "code"):
            text = SQL("to_json(NULLIF(%s, ''))::text", value)
            long = SQL("char_length(%s) > %s", value, field.maximum)
            return _Column(field.name, text, long if field.maximum else None)
        return _Column(field.name, _WRITERS[field.kind](value))

    @api.model
    def _write_lines(self, client, model, query, field, ids):
        """The column of all lines of a record, in order of their ids."""
        many = model._fields[field.column]
        lines = self._reading_model(client, many.comodel_name)
        domain = Domain(many.inverse_name, "in", ids)
        domain &= Domain(many.get_comodel_domain(model))
        inner = lines._search(domain)
        columns = [_Column("id", SQL("%s::text", SQL.identifier(inner.table, "id")))]
        columns += [self._write_column(lines, inner, line) for line in field.fields]
        parent = lines._field_to_sql(inner.table, many.inverse_name, inner)
        order = SQL.identifier(inner.table, "id")
        inner.groupby = parent
        texts = SQL("string_agg(%s, ',' ORDER BY %s)", _object(columns), order)
        doubt = SQL("bool_or(%s)", _doubt(columns))
        every = inner.select(
            SQL("%s AS parent", parent),
            SQL("'[' || %s || ']' AS lines", texts),
            SQL("%s AS doubt", doubt),
        )
        alias = query.make_alias(query.table, f"{field.column}__lines")
        own = SQL.identifier(query.table, "id")
        at = SQL("%s = %s", SQL.identifier(alias, "parent"), own)
        query.add_join("LEFT JOIN", alias, SQL("(%s)", every), at)
        return _Column(
            field.name, SQL.identifier(alias, "lines"), SQL.identifier(alias, "doubt")
        )


def _is_plain(model, field):
    """Whether the database writes a field of a record, or of its lines, as we do."""
    column = model._fields[field.column]
    if field.kind == "lines":
        lines = model.env[column.comodel_name]
        return column.type == "one2many" and all(
            _is_plain(lines, line) for line in field.fields
        )
    if field.kind == "code":
        code = model.env[column.comodel_name]._fields[field.code]
        if not (code.store and code.type in _TYPES["char"]):
            return False
    return column.type in _TYPES[field.kind]


def _as_text(query, columns):
    """Rows of (id, data, revision, doubt) of a query, in order of id."""
    rows = query.select(
        SQL("%s AS id", SQL.identifier(query.table, "id")),
        SQL("%s AS data", _object(columns)),
        SQL("%s AS doubt", _doubt(columns)),
    )
    return SQL(
        """WITH shown AS MATERIALIZED (%s)
           SELECT id, data, left(encode(sha256(convert_to(data, 'UTF8')), 'hex'), 16),
                  doubt
             FROM shown ORDER BY id""",
        rows,
    )


def _object(columns):
    """One JSON object, its names sorted, without those that are null."""
    pairs = [
        SQL("%s || %s", f'"{column.name}":', column.text)
        for column in sorted(columns, key=lambda column: column.name)
    ]
    return SQL("'{' || concat_ws(',', %s) || '}'", SQL(", ").join(pairs))


def _doubt(columns):
    doubts = [column.doubt for column in columns if column.doubt]
    return SQL("(%s) IS TRUE", SQL(" OR ").join(doubts)) if doubts else SQL("false")


def _number(value):
    return SQL("(%s)::text", value)


def _decimal(value):
    # the shortest text that is the number, as Python writes it, without exponent
    return SQL("""'"' || trim_scale((%s)::text::numeric)::text || '"'""", value)


def _boolean(value):
    return SQL("CASE WHEN %s THEN 'true' ELSE 'false' END", value)


def _date(value):
    return SQL("""'"' || to_char(%s, 'YYYY-MM-DD') || '"'""", value)


def _datetime(value):
    return SQL(
        """'"' || to_char(%(at)s, CASE WHEN date_trunc('second', %(at)s) = %(at)s
                          THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
                          ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"' END) || '"'""",
        at=value,
    )


_WRITERS = {
    "integer": _number,
    "reference": _number,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
