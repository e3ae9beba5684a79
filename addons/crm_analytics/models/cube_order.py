"""Groups of a cube sorted by the names of records, which the warehouse does not hold.

Odoo sorts groups of customers, segments, ... by the order of their own model. Joining
those names to millions of facts, only to sort a handful of groups, is what makes a
pivot slow: so the warehouse groups by ids, and the few groups are sorted here.
"""

from dataclasses import dataclass

from odoo.orm.models import regex_order_part_read_group
from odoo.tools import SQL, Query, get_lang


@dataclass(frozen=True)
class OrderPart:
    """One term of an order: its SQL, its direction, the model whose order counts.

    `nulls_first` is None where no record has the place that the model's order gives it.
    """

    sql: SQL
    descending: bool
    nulls_first: bool | None
    comodel: object = None
    week_start: int = 0

    def sort(self, rows, column):
        """Sort rows by a column, in place; equal rows stay as they are."""
        ranks = self._get_ranks({row[column] for row in rows})
        last = (not self.nulls_first) != self.descending  # the sort may be reversed

        def key(row):
            value = row[column]
            if value is None and None not in ranks:
                return (2 if last else 0, 0)
            if self.week_start and value is not None:
                value = (7 - self.week_start + int(value)) % 7
            return (1, ranks.get(value, value))

        rows.sort(key=key, reverse=self.descending)

    def _get_ranks(self, ids):
        """Place of each record in the order of its model; equal ones share it."""
        if self.comodel is None:
            return {}
        comodel = self.comodel.sudo().with_context(active_test=False)
        table = SQL("(SELECT unnest(%s::int[]) AS id)", list(ids))
        query = Query(comodel.env, "given", table)
        condition = SQL("%s = given.id", SQL.identifier("known", "id"))
        query.add_join("LEFT JOIN", "known", comodel._table, condition)
        order = comodel._order_to_sql(comodel._order, query, "known")
        rank = SQL("DENSE_RANK() OVER (ORDER BY %s)", order)
        ranks = dict(comodel.env.execute_query(query.select("given.id", rank)))
        if self.nulls_first is not None:
            ranks.pop(None, None)
        return ranks


def plan_order(cube, order, terms, query):
    """How to sort groups here, as a list of `OrderPart`; None if the engine can do it.

    :param order: as of `_read_group`
    :param terms: SQL by group-by spec
    :raises ValueError: a term that is neither a group-by nor a measure
    """
    parts = []
    for text in order.split(",") if order else ():
        match = regex_order_part_read_group.fullmatch(text)
        if not match:
            raise ValueError(f"Invalid order {order!r} for _read_group()")
        part = _get_term(cube, match["term"], terms, query)
        descending = (match["direction"] or "").upper() == "DESC"
        nulls_first = None if part.get("comodel") is not None else descending
        if match["nulls"]:
            nulls_first = match["nulls"].upper() == "NULLS FIRST"
        parts.append(OrderPart(**part, descending=descending, nulls_first=nulls_first))
    return parts if any(part.comodel is not None for part in parts) else None


def _get_term(cube, term, terms, query):
    if term not in terms:
        return {"sql": cube._read_group_select(term, query)}
    field = cube._fields.get(term)
    if field and field.type == "many2one":
        comodel = cube.env[field.comodel_name]
        return {
            "sql": terms[term],
            "comodel": comodel if comodel._order != "id" else None,
        }
    if term.endswith(":day_of_week"):
        week_start = int(get_lang(cube.env).week_start)
        return {"sql": terms[term], "week_start": week_start}
    return {"sql": terms[term]}


def sort_rows(rows, parts, offset=0, limit=None):
    """Rows whose last columns are the terms of `parts`: sorted, cut, without them."""
    if not rows:
        return rows
    size = len(rows[0]) - len(parts)
    rows = list(rows)
    for place, part in reversed(list(enumerate(parts))):
        part.sort(rows, size + place)
    end = (offset or 0) + limit if limit else None
    return [row[:size] for row in rows[offset or 0 : end]]
