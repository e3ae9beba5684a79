import ast

import psycopg2

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger


class CrmSegment(models.Model):
    """How a definition becomes one query over customers."""

    _inherit = "crm.segment"

    def _parse_domain(self):
        """The filter as a `Domain`; a filter is data and is never executed.

        :raises UserError: the text is anything but a literal list of conditions
        """
        self.ensure_one()
        try:
            # Text that computes (calls, attributes, __import__) is no literal.
            literal = ast.literal_eval((self.domain or "[]").strip())
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

    def _get_conditions(self):
        """Conditions that name a score; a line just being typed may not yet."""
        return self.condition_ids.filtered("score_id")

    def _is_defined(self):
        return bool(self._get_conditions()) or not self._parse_domain().is_true()

    def _get_population(self, prepared=None):
        """Query of the customers that fit; nobody fits an empty definition.

        :param dict prepared: columns made by `crm.segment.condition._prepare_values`;
            without them each condition reads the stored values
        :return: `Query` over res.partner, and the (value, company) SQL columns of each
            condition
        """
        self.ensure_one()
        user = self._get_definer()
        partners = self.env["res.partner"].with_user(user)
        partners = partners.with_context(
            allowed_company_ids=user.sudo().company_ids.ids, active_test=True
        )
        domain = self._parse_domain() if self._is_defined() else Domain.FALSE
        if self.company_id:
            domain &= Domain("company_id", "in", [self.company_id._origin.id, False])
        query = partners._search(domain)
        conditions = self._get_conditions()
        if not conditions:
            return query, []
        columns = self._join_values(query, conditions, prepared)
        tests = [
            condition._get_test(value)
            for condition, (value, _company) in zip(conditions, columns, strict=True)
        ]
        glue = SQL(" AND ") if self.match == "all" else SQL(" OR ")
        query.add_where(SQL("(%s)", glue.join(tests)))
        return query, columns

    def _join_values(self, query, conditions, prepared):
        if prepared is not None:
            on = SQL("base.partner_id = res_partner.id")
            query.add_join("LEFT JOIN", "base", "crm_segment_base", on)
            return [prepared[condition._get_key()] for condition in conditions]
        columns = []
        for place, condition in enumerate(conditions):
            alias = f"c{place}"
            on = SQL("%s = res_partner.id", SQL.identifier(alias, "partner_id"))
            query.add_join("LEFT JOIN", alias, condition._get_values(), on)
            names = ("value", "company_id")
            columns.append(tuple(SQL.identifier(alias, name) for name in names))
        return columns

    def _count_fitting(self, limit=None):
        """How many customers fit now, told before anything is stored.

        :raises UserError: the definition cannot be used, with the reason
        """
        query, _columns = self._try(self._get_population)
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

    def _get_reason(self, columns):
        """SQL text of what decided on each customer: R 5: needs R 4 to 5."""
        filter_words = self._describe_domain()
        conditions = self._get_conditions()
        if not conditions:
            return SQL("%s", filter_words)
        held = [
            condition._get_words(value)
            for condition, (value, _company) in zip(conditions, columns, strict=True)
        ]
        needs = [condition._describe() for condition in conditions]
        glue = self.env._(" or ") if self.match == "any" else ", "
        mark = "\x00"
        before, after = self.env._(
            "%(values)s: needs %(needs)s", values=mark, needs=glue.join(needs)
        ).split(mark)
        if not self._parse_domain().is_true():
            after += f"; {filter_words}"
        return SQL(
            "%s || concat_ws(', ', %s) || %s", before, SQL(", ").join(held), after
        )
