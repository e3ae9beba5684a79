from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, Query, unique

from .cube_order import plan_order, sort_rows

RELATIONAL = ("any", "any!", "not any", "not any!")


class CubeQuery(Query):
    """A query that Odoo's ORM compiled for PostgreSQL, answered by the warehouse."""

    def ask(self, *terms):
        """Rows of the query, from the current snapshot."""
        joins = {alias: table for alias, (__, table, __) in self._joins.items()}
        plain = {
            alias: (kind, SQL.identifier(alias), condition)
            for alias, (kind, __, condition) in self._joins.items()
        }
        self._joins, kept = plain, self._joins
        try:
            sql = self.select(*terms)
        finally:
            self._joins = kept
        return self._env["crm.warehouse"]._ask(sql, joins)

    def get_result_ids(self):
        if self._ids is None:
            self._ids = tuple(id_ for (id_,) in self.ask())
        return self._ids

    def subselect(self, *args):
        """Ids as literals: PostgreSQL cannot see the rows behind them."""
        if args:
            raise NotImplementedError("a cube is joined by its ids only")
        self.get_result_ids()
        return super().subselect()

    def __len__(self):
        if self._ids is None:
            if self.limit or self.offset:
                return len(self.get_result_ids())
            return self.ask("COUNT(*)")[0][0]
        return len(self._ids)


class Cube(models.AbstractModel):
    """A table of facts which is defined in SQL and answered by the warehouse.

    Override `_table_query` with the facts as PostgreSQL knows them; the refresh copies
    just that query into the snapshot, under the name of the model's table. Domains,
    record rules, field access, groupings and measures are compiled by Odoo's own ORM,
    so they hold as on every model; conditions that reach other models are answered
    there first, with the rights that the ORM gives them, and come here as ids.

    With `cube_engine="postgresql"` in the context the ORM answers by itself.
    """

    _name = "crm.cube"
    _description = "Cube"
    _auto = False

    @api.model
    def _warehouse_answers(self):
        return self.env.context.get("cube_engine") != "postgresql"

    # ------------------------------------------------------------------ searching

    @api.model
    def _search(
        self,
        domain,
        offset=0,
        limit=None,
        order=None,
        *,
        active_test=True,
        bypass_access=False,
    ):
        if not self._warehouse_answers():
            return super()._search(
                domain,
                offset=offset,
                limit=limit,
                order=order,
                active_test=active_test,
                bypass_access=bypass_access,
            )
        with self.env["crm.warehouse"]._told_to_user():
            query = self._compile_domain(domain, bypass_access)
            if query is None or not self.env["crm.warehouse"]._current_version():
                return self.browse()._as_query()
            if order:
                query.order = self._order_to_sql(order, query)
        query.limit = int(limit) if limit else None
        query.offset = int(offset) if offset else None
        return query

    @api.model
    def _compile_domain(self, domain, bypass_access):
        """The query of a domain and of the user's record rules; None if nothing can
        match.

        Record rules are compiled with the rights that Odoo compiles them with.
        """
        parts = [(Domain(domain), self)]
        if not (self.env.su or bypass_access):
            self.browse().check_access("read")
            rules = self.env["ir.rule"]._compute_domain(self._name, "read")
            parts.append((rules, self.sudo().with_context(active_test=False)))
        query = CubeQuery(self.env, self._table, SQL.identifier(self._table))
        for part, model in parts:
            part = part.optimize_full(model)
            if part.is_false():
                return None
            if not part.is_true():
                part = part.map_conditions(model._resolve_condition)
                part = part.optimize_full(model)
                query.add_where(part._to_sql(model, self._table, query))
        return query

    def _resolve_condition(self, condition):
        """Answer a condition on another model there; it becomes one on ids here."""
        if condition.operator not in RELATIONAL:
            return condition
        field = self._fields[condition.field_expr]
        comodel = self.env[field.comodel_name]
        value = condition.value
        if isinstance(value, Domain):
            bypass = condition.operator.endswith("!") or field.bypass_search_access
            value = comodel._search(value, active_test=False, bypass_access=bypass)
        if isinstance(value, Query):
            ids = value.get_result_ids()
        else:
            ids = [id_ for (id_,) in self.env.execute_query(SQL("%s", value))]
        return Domain(
            condition.field_expr,
            condition.operator.rstrip("!"),
            comodel.browse(ids)._as_query(ordered=False),
        )

    def exists(self):
        if not self._warehouse_answers():
            return super().exists()
        found = self.sudo()._search([("id", "in", self.ids)]).get_result_ids()
        return self.browse(id_ for id_ in self._ids if id_ in set(found))

    def _fetch_query(self, query, fields):
        if not isinstance(query, CubeQuery):
            return super()._fetch_query(query, fields)
        fields = [field for field in fields if field.name != "id"]
        terms = [self._field_to_sql(self._table, field.name, query) for field in fields]
        rows = query.ask(SQL.identifier(self._table, "id"), *terms)
        if not rows:
            return self.browse()
        ids, *columns = zip(*rows, strict=True)
        records = self.browse(ids)
        for field, values in zip(fields, columns, strict=True):
            field._insert_cache(records, values)
        return records

    # ------------------------------------------------------------------ money

    @api.model
    def _get_money_fields(self):
        """Names of amounts in the currency of the row's company; override to name them.

        As in Odoo's own reports (`sale.report`, `account.invoice.report`), they are
        told in the currency of the current company, by the rate of today: companies of
        several currencies add up, and `currency_id` is the current one's.
        """
        return ()

    def _field_to_sql(self, alias, field_expr, query=None):
        sql = super()._field_to_sql(alias, field_expr, query)
        names = self._get_money_fields()
        if not names or field_expr not in (*names, "currency_id"):
            return sql
        company = SQL.identifier(alias, "company_id")
        rates = self._get_rates()
        if rates and field_expr == "currency_id":
            own = self.env.company.currency_id.id
            return SQL("CASE WHEN %s IS NOT NULL THEN %s END", company, own)
        if rates:
            cases = [SQL("WHEN %s THEN %s::float8", *pair) for pair in rates.items()]
            rate = SQL("CASE %s %s ELSE 1 END", company, SQL(" ").join(cases))
            return SQL("(%s * %s)", sql, rate)
        return sql

    @api.model
    def _get_rates(self):
        """{company id: rate} of companies with another currency than the current one"""
        current = self.env.company
        companies = self.env["res.company"].sudo().search(Domain.TRUE)
        foreign = companies.filtered(lambda c: c.currency_id != current.currency_id)
        if not foreign:
            return {}
        today = fields.Date.context_today(self)
        get_rate = self.env["res.currency"].sudo()._get_conversion_rate
        return {
            company.id: get_rate(
                company.currency_id, current.currency_id, current, today
            )
            for company in foreign
        }

    # ------------------------------------------------------------------ grouping

    def _read_group_groupby(self, alias, groupby_spec, query):
        """:raises UserError: a day is asked for its hours"""
        name, _colon, granularity = groupby_spec.partition(":")
        field = self._fields.get(name)
        if granularity == "hour" and field is not None and field.type == "date":
            raise UserError(
                self.env._(
                    "%(field)s is a day and has no hours. Group it by day, week, "
                    "month, quarter or year.",
                    field=field._description_string(self.env),
                )
            )
        return super()._read_group_groupby(alias, groupby_spec, query)

    @api.model
    def _read_group(
        self,
        domain,
        groupby=(),
        aggregates=(),
        having=(),
        offset=0,
        limit=None,
        order=None,
    ):
        if not self._warehouse_answers():
            return super()._read_group(
                domain, groupby, aggregates, having, offset, limit, order
            )
        self.browse().check_access("read")
        query = self._search(domain)
        terms = {g: self._read_group_groupby(self._table, g, query) for g in groupby}
        measures = [self._read_group_select(spec, query) for spec in aggregates]
        selected = [*terms.values(), *measures]
        if query.is_empty():
            empty = tuple(self._read_group_empty_value(spec) for spec in aggregates)
            return [] if groupby else [empty]
        parts = plan_order(self, order, terms, query) if terms else None
        if terms and not parts:
            query.order = self._read_group_orderby(order, terms, query)
        if terms:
            query.groupby = SQL(", ").join(terms.values())
            query.having = self._read_group_having(list(having), query)
        if parts:
            rows = query.ask(*selected, *(part.sql for part in parts))
            rows = sort_rows(rows, parts, offset, limit)
        else:
            query.limit, query.offset = limit, offset
            rows = query.ask(*(selected or [SQL("1")]))
        return self._python_rows(rows, groupby, aggregates)

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        if not self._warehouse_answers():
            return super()._read_grouping_sets(domain, grouping_sets, aggregates, order)
        if not grouping_sets:
            raise ValueError("The 'grouping_sets' parameter cannot be empty.")
        self.browse().check_access("read")
        query = self._search(domain)
        specs = tuple(unique(spec for specs in grouping_sets for spec in specs))
        terms = {s: self._read_group_groupby(self._table, s, query) for s in specs}
        measures = [self._read_group_select(spec, query) for spec in aggregates]
        if query.is_empty():
            return [[] for __ in grouping_sets]
        flags = [SQL("GROUPING(%s)", term) for term in terms.values()]
        selected = [*flags, *terms.values(), *measures]
        parts = plan_order(self, order, terms, query)
        if not parts:
            query.order = self._read_group_orderby(order, terms, query)
        sets = unique(
            SQL("(%s)", SQL(", ").join(unique(terms[spec] for spec in grouping_set)))
            for grouping_set in grouping_sets
        )
        query.groupby = SQL("GROUPING SETS (%s)", SQL(", ").join(sets))
        if parts:
            rows = sort_rows(query.ask(*selected, *(p.sql for p in parts)), parts)
        else:
            rows = query.ask(*selected)
        return self._dispatch(rows, specs, terms, grouping_sets, aggregates)

    def _dispatch(self, rows, specs, terms, grouping_sets, aggregates):
        """Give each row to the grouping sets it belongs to, without what they lack."""
        size = len(specs)
        values = self._python_rows([row[size:] for row in rows], specs, aggregates)
        wanted = defaultdict(list)
        for index, grouping_set in enumerate(grouping_sets):
            grouped = {terms[spec] for spec in grouping_set}
            key = tuple(int(terms[spec] not in grouped) for spec in specs)
            picks = [specs.index(spec) for spec in grouping_set]
            wanted[key].append((index, picks))
        result = [[] for __ in grouping_sets]
        for row, value in zip(rows, values, strict=True):
            for index, picks in wanted[row[:size]]:
                group = tuple(value[pick] for pick in picks)
                result[index].append(group + value[size:])
        return result

    def _python_rows(self, rows, groupby, aggregates):
        """Records for ids, False for nothing: values as `_read_group` promises them."""
        if not rows:
            return []
        columns = zip(*rows, strict=True)
        converted = [
            self._read_group_postprocess_groupby(spec, next(columns))
            for spec in groupby
        ]
        converted += [
            self._read_group_postprocess_aggregate(spec, next(columns))
            for spec in aggregates
        ]
        return list(zip(*converted, strict=True))
