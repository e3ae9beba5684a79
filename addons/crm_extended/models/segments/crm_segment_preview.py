from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.orm.domains import DomainAnd
from odoo.tools import SQL

from .crm_segment_plan import InlinePlan

SAMPLE = 5  # customers shown of those who fit
NEAR = 2  # customers shown for each part that alone keeps them out
PARTS = 8  # parts of a definition that are looked at one by one
PREVIEWED = ("name", "domain", "match", "company_id", "condition_ids")


class CrmSegment(models.Model):
    """Whom a definition would take, told while it is being edited."""

    _inherit = "crm.segment"

    def preview(self, values=None):
        """Who fits the definition as it stands on the screen, and who only just not.

        :param dict values: what was changed and is not saved yet, as of a form
        :return: ``{count, companies: [{name, count}], fits: [{id, name}], near: [{why,
            customers: [{id, name}]}], error}``; names of customers the reader may see
        """
        segment = self._get_previewed(values or {})
        empty = {"count": 0, "companies": [], "fits": [], "near": [], "error": False}
        try:
            if not segment._is_defined():
                return empty
            return {**empty, **segment._try(segment._preview)}
        except UserError as error:
            return {**empty, "error": str(error)}

    def _get_previewed(self, values):
        """The segment with the values of the screen, seen with the reader's access."""
        if len(self) > 1 or not isinstance(values, dict):
            raise UserError(self.env._("One segment is previewed at a time."))
        self.check_access("read")
        changed = {name: values[name] for name in PREVIEWED if name in values}
        if not changed:
            return self or self.new({})
        self.check_access("write" if self else "create")
        return self.new({**changed, "definer_id": self.env.uid}, origin=self or None)

    def _preview(self):
        customers = self.env["res.partner"]
        query = self._get_population()
        fitting = Domain("id", "in", query)
        [(count,)] = self.env.execute_query(
            SQL("SELECT count(*) FROM %s AS fitting", query.subselect())
        )
        groups = customers._read_group(fitting, ["company_id"], ["__count"])
        shared = self.env._("Shared by all companies")
        return {
            "count": count,
            "companies": [
                {"name": company.name or shared, "count": n} for company, n in groups
            ]
            if any(company for company, _n in groups)
            else [],
            "fits": self._show_customers(fitting, SAMPLE),
            "near": self._find_near() if self.match == "all" else [],
        }

    def _show_customers(self, domain, limit):
        found = self.env["res.partner"].search_fetch(
            domain, ["display_name"], limit=limit
        )
        return [{"id": one.id, "name": one.display_name} for one in found]

    # ------------------------------------------------------------------ only just not

    def _find_near(self):
        """Customers whom one part of the definition alone keeps out."""
        plan = InlinePlan(fields.Date.context_today(self))
        plan.start()
        rules = Domain.TRUE
        if self.company_id:
            rules = Domain("company_id", "in", [self.company_id._origin.id, False])
        always = self._get_domain_test(plan, rules, rules=True)
        parts = self._get_definition_parts(plan)
        if len(parts) < 2 or len(parts) > PARTS:
            return []
        near = []
        for place, (why, test) in enumerate(parts):
            others = [other for n, (_why, other) in enumerate(parts) if n != place]
            query = self._as_definer("res.partner")._search(Domain.TRUE)
            for alias, table in plan.joins:
                on = SQL("%s = res_partner.id", SQL.identifier(alias, "partner_id"))
                query.add_join("LEFT JOIN", alias, table, on)
            query.add_where(SQL(" AND ").join([always, *others]))
            query.add_where(SQL("(%s) IS NOT TRUE", test))
            customers = self._show_customers(Domain("id", "in", query), NEAR)
            if customers:
                near.append({"why": why, "customers": customers})
        return near

    def _get_definition_parts(self, plan):
        """(words, SQL test) of each thing that must hold."""
        domain = self._parse_domain()
        nodes = domain.children if isinstance(domain, DomainAnd) else [domain]
        parts = [
            (self._describe_node(node) or self._describe_domain(), node)
            for node in nodes
            if not node.is_true()
        ]
        found = [(words, self._get_domain_test(plan, node)) for words, node in parts]
        for condition in self._get_conditions():
            found.append((condition._describe(), condition._get_test(plan)))
        return found
