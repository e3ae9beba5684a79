import ast
import re
from typing import NamedTuple

import psycopg2

from odoo import fields, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

from .crm_segment_plan import InlinePlan, signature

SUBQUERY = re.compile(r"\bselect\b", re.IGNORECASE)
UNTOLD = "?"  # read by a definition, and nobody tells when it changes


class Fit(NamedTuple):
    """A definition as SQL over `res_partner` and what its plan lays beside it.

    `print` changes when the definition, or the day in it, means something else.
    """

    test: SQL
    company: SQL
    reason: SQL
    reads: frozenset
    sets: frozenset
    print: str


class CrmSegment(models.Model):
    """How a definition becomes one test of a customer."""

    _inherit = "crm.segment"

    def _parse_domain(self, text=None):
        """A filter as a `Domain`, the segment's own by default.

        A filter is data and is never executed.

        :raises UserError: the text is anything but a literal list of conditions
        """
        self.ensure_one()
        try:
            # Text that computes (calls, attributes, __import__) is no literal.
            text = self.domain if text is None else text
            literal = ast.literal_eval((text or "[]").strip())
            domain = Domain(literal if isinstance(literal, list) else None)
            domain.validate(self.env["res.partner"])
            return domain
        except (
            ValueError,
            SyntaxError,
            TypeError,
            MemoryError,
            RecursionError,
        ) as error:
            raise UserError(
                self.env._(
                    "The filter of segment %(segment)s is not a plain list of "
                    "conditions. Edit it with the filter editor; relative dates are "
                    "written 'today -3m'.",
                    segment=self.name,
                )
            ) from error

    def _get_definer(self):
        """The user whose access decides what the definition may look at.

        The result must not depend on who presses Refresh, nor may a definition read
        what its author cannot: a filter on a hidden field would tell its content.
        """
        user = self.sudo().definer_id or self.env.user
        if not user.sudo().active and not user._is_superuser():
            raise UserError(
                self.env._(
                    "Segment %(segment)s was defined by a user who has left. Open "
                    "it and save its filter again to define it under your own name.",
                    segment=self.name,
                )
            )
        return user

    def _as_definer(self, model):
        """A model as the author of the definition sees it, in all his companies."""
        user = self._get_definer()
        return (
            self.env[model]
            .with_user(user)
            .with_context(
                allowed_company_ids=user.sudo().company_ids.ids, active_test=True
            )
        )

    def _get_company_ids(self):
        """Companies whose purchases and contacts count: its own, or its author's."""
        own = self.company_id._origin.ids
        return tuple(own or sorted(self._get_definer().sudo().company_ids.ids))

    def _get_conditions(self):
        """Conditions at the top; a line just being typed may not be complete yet."""
        top = self.condition_ids.filtered(lambda c: not c.parent_id)
        top = top.filtered(lambda c: c.subject != "score" or c.score_id)
        return top.sorted(lambda c: (c.sequence, c._origin.id))

    def _is_defined(self):
        return bool(self._get_conditions()) or not self._parse_domain().is_true()

    # ------------------------------------------------------------------ a test

    def _get_fit(self, plan):
        """`Fit` of the segment; nobody fits an empty definition."""
        self.ensure_one()
        plan.start()
        domain = self._parse_domain() if self._is_defined() else Domain.FALSE
        if self.company_id:
            domain &= Domain("company_id", "in", [self.company_id._origin.id, False])
        tests = [self._get_domain_test(plan, domain, rules=True)]
        conditions = self._get_conditions()
        if conditions:
            found = [SQL("(%s)", c._get_test(plan)) for c in conditions]
            glue = SQL(" AND ") if self.match == "all" else SQL(" OR ")
            tests.append(SQL("(%s)", glue.join(found)))
        test = SQL(" AND ").join(tests)
        companies = [SQL("%s::int", self.company_id._origin.id or None)]
        companies += [*dict.fromkeys(plan.companies), SQL("res_partner.company_id")]
        mark = signature(SQL(" ").join([test, *map(SQL, sorted(plan.trace))]))
        return Fit(
            test,
            SQL("COALESCE(%s)", SQL(", ").join(companies)),
            self._get_reason(plan, conditions),
            frozenset(plan.reads),
            frozenset(plan.numbers),
            mark,
        )

    def _get_domain_test(self, plan, domain, rules=False):
        """SQL test of a filter, read with the access of the author.

        :param rules: only active customers, whom the author sees, as every segment has
        """
        partners = self._as_definer("res.partner")
        self._read_domain(plan, domain)
        if rules:
            self._read_domain(plan, Domain("active", "=", True))
            rule = self.env["ir.rule"].with_user(partners.env.user)
            rule = rule.with_context(**partners.env.context)
            self._read_domain(plan, Domain(rule._compute_domain("res.partner", "read")))
        else:
            partners = partners.with_context(active_test=False)
        query = partners._search(domain)
        where = query.where_clause
        plain = not query._joins and set(query._tables) == {"res_partner"}
        # A subquery is better asked once for all than for each customer.
        if plain and not SUBQUERY.search(where.code):
            return SQL("(%s)", where) if where else SQL("TRUE")
        query.add_where(plan.among(SQL("res_partner.id")))
        return plan.contains(
            SQL(
                "SELECT DISTINCT d.id AS partner_id, NULL::varchar AS words FROM %s d",
                query.subselect(),
            )
        )

    def _read_domain(self, plan, domain):
        """Note the columns of the customer that a filter reads.

        Whoever is told of changes hears nothing of other tables, nor of columns that
        the change feed leaves out.
        """
        told = self._get_told_columns()
        partners = self.env["res.partner"]._fields
        for condition in Domain(domain).iter_conditions():
            name = condition.field_expr
            elsewhere = condition.operator in ("any", "not any")
            if condition.operator in ("child_of", "parent_of"):
                # above or below other customers, whose place may change
                elsewhere = name == "id" or (
                    name in partners and partners[name].comodel_name == "res.partner"
                )
            if elsewhere:
                plan.reads.add(UNTOLD)
            elif name in told:
                plan.reads.add(f"customer.{name}")
            elif name not in ("id", "create_date"):
                plan.reads.add(UNTOLD)

    @tools.ormcache()
    def _get_told_columns(self):
        """Columns of the customer whose changes are in the feed."""
        entities = self.env["crm.exchange"]._entities().values()
        columns = {
            column
            for entity in entities
            if entity.model == "res.partner"
            for column in entity.columns
        }
        partners = self.env["res.partner"]._fields
        return frozenset(c for c in columns if c in partners and partners[c].store)

    def _get_population(self):
        """Query of the customers that fit now, by the definition as it stands."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        plan = InlinePlan(self.env.context.get("segment_day") or today)
        fit = self._get_fit(plan)
        query = self._as_definer("res.partner")._search(Domain.TRUE)
        for alias, table in plan.joins:
            on = SQL("%s = res_partner.id", SQL.identifier(alias, "partner_id"))
            query.add_join("LEFT JOIN", alias, table, on)
        query.add_where(fit.test)
        return query

    def _count_fitting(self, limit=None):
        """How many customers fit now, told before anything is stored.

        :raises UserError: the definition cannot be used, with the reason
        """
        query = self._try(self._get_population)
        query.limit = limit
        rows = self._try(
            lambda: self.env.execute_query(
                SQL("SELECT count(*) FROM %s AS fitting", query.subselect())
            )
        )
        return rows[0][0]

    def _try(self, step):
        """Do a step of a definition; what the database finds wrong is told, too."""
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                return step()
        except AccessError:
            raise
        except (psycopg2.DataError, psycopg2.ProgrammingError) as error:
            reason = str(error).splitlines()[0]
        except (psycopg2.errors.StatementTooComplex, RecursionError):
            reason = self.env._("it is nested too deeply")
        except (ValueError, TypeError, KeyError) as error:
            reason = str(error)
        raise UserError(
            self.env._(
                "The filter of segment %(segment)s cannot be used: %(reason)s",
                segment=self.name,
                reason=reason,
            )
        )

    # ------------------------------------------------------------------ in words

    def _get_reason(self, plan, conditions):
        """SQL text of what decided on each customer: R 5: needs R 4 to 5."""
        filter_words = self._describe_domain()
        if not conditions:
            return SQL("%s", filter_words)
        several = self.match == "any" and len(conditions) > 1
        held = [text for c in conditions for text in c._get_held(plan, several)]
        glue = self.env._(" or ") if self.match == "any" else ", "
        needs = glue.join(condition._describe() for condition in conditions)
        rest = ""
        if not self._parse_domain().is_true():
            rest = f"; {filter_words}"
        if not held:
            return SQL("%s", needs + rest)
        mark = "\x00"
        before, after = self.env._(
            "%(values)s: needs %(needs)s", values=mark, needs=needs
        ).split(mark)
        return SQL(
            "COALESCE(%s || NULLIF(concat_ws(', ', %s), '') || %s, %s)",
            before,
            SQL(", ").join(held),
            after + rest,
            needs + rest,
        )

    def _explain(self):
        """The whole definition in words, for people."""
        self.ensure_one()
        told = []
        if not self._parse_domain().is_true():
            told.append(self._describe_domain())
        if conditions := self._get_conditions():
            glue = self.env._(" or ") if self.match == "any" else self.env._(" and ")
            words = glue.join(condition._describe() for condition in conditions)
            told.append(f"({words})" if told and len(conditions) > 1 else words)
        return self.env._(" and ").join(told)
