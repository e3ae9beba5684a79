from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..picture.crm_lifecycle import PHASES

MARKS = [
    ("known", "is known"),
    ("=", "is"),
    ("!=", "is not"),
    (":", "contains"),
    (">=", "is at least"),
    ("<=", "is at most"),
    (">", "is above"),
    ("<", "is below"),
]
ZIP_LONGEST = 24


class CrmSegmentCondition(models.Model):
    """Looks at what the customer is: any field, the profile, place, trade, phase."""

    _inherit = "crm.segment.condition"

    subject = fields.Selection(
        selection_add=[
            ("domain", "Filter on the Customer"),
            ("attribute", "Profile"),
            ("place", "Place"),
            ("industry", "Industry"),
            ("phase", "Phase of Life"),
            ("tier", "Loyalty Level"),
        ],
        ondelete=dict.fromkeys(
            ("domain", "attribute", "place", "industry", "phase", "tier"), "cascade"
        ),
    )
    domain = fields.Char(string="Filter", default="[]")
    attribute_id = fields.Many2one(
        "crm.attribute", index="btree_not_null", ondelete="cascade"
    )
    mark = fields.Selection(MARKS, string="Compared", default="=")
    answer = fields.Char(
        string="Value", help="A choice, a text, a number, or a day as 1990-01-31"
    )
    country_ids = fields.Many2many(
        "res.country", "crm_segment_condition_country_rel", string="Countries"
    )
    state_ids = fields.Many2many(
        "res.country.state", "crm_segment_condition_state_rel", string="States"
    )
    zips = fields.Char(
        string="Postal Codes",
        help="Beginnings of postal codes, with commas: 110, 12 means Prague 1 and 2",
    )
    industry_ids = fields.Many2many(
        "res.partner.industry", "crm_segment_condition_industry_rel"
    )
    phase = fields.Selection(PHASES)
    level_ids = fields.Many2many(
        "crm.loyalty.tier.level",
        "crm_segment_condition_level_rel",
        string="Loyalty Levels",
    )

    @api.model
    def _get_definition_names(self):
        return [
            *super()._get_definition_names(),
            *("domain", "attribute_id", "mark", "answer", "country_ids", "state_ids"),
            *("zips", "industry_ids", "phase", "level_ids"),
        ]

    # ------------------------------------------------------------------ a filter

    def _check_domain(self):
        if self.segment_id._parse_domain(self.domain).is_true():
            raise UserError(self.env._("The filter is empty: add a rule to it."))

    def _test_domain(self, plan):
        domain = self.segment_id._parse_domain(self.domain)
        return self.segment_id._get_domain_test(plan, domain)

    def _describe_domain(self):
        return self.segment_id._describe_domain(self.domain)

    # ------------------------------------------------------------------ profile

    def _check_attribute(self):
        if not self.attribute_id:
            raise UserError(self.env._("Choose what of the profile is looked at."))
        if self.mark != "known" and not (self.answer or "").strip():
            raise UserError(
                self.env._(
                    "%(name)s: enter the value to compare with.",
                    name=self.attribute_id.name,
                )
            )
        self._get_answer_domain()

    def _get_answer_domain(self):
        """Values that fit, and whether customers without such a value are meant."""
        values = self.env["crm.attribute.value"]
        mark = "=" if self.mark == "known" else self.mark
        answer = "" if self.mark == "known" else self.answer.strip()
        domain, without = values._get_question_domain(
            f"{self.attribute_id.code} {mark} {answer}"
        )
        return domain & Domain("attribute_id", "=", self.attribute_id.id), without

    def _test_attribute(self, plan):
        plan.reads.add("attribute")
        domain, without = self._get_answer_domain()
        values = self.segment_id._as_definer("crm.attribute.value")
        query = values._search(domain)
        query.add_where(plan.among(SQL("crm_attribute_value.partner_id")))
        found = SQL(
            "SELECT DISTINCT f.partner_id, NULL::varchar AS words FROM %s f",
            query.subselect(SQL("crm_attribute_value.partner_id")),
        )
        test = plan.contains(found)
        return SQL("(%s) IS NOT TRUE", test) if without else test

    def _describe_attribute(self):
        marks = dict(self._fields["mark"]._description_selection(self.env))
        told = [self.attribute_id.name, marks[self.mark]]
        if self.mark != "known":
            told.append((self.answer or "").strip())
        return " ".join(told)

    # ------------------------------------------------------------------ place

    def _check_place(self):
        if not (self.country_ids or self.state_ids or self._get_zips()):
            raise UserError(self.env._("Choose countries, states or postal codes."))

    def _get_zips(self):
        """Beginnings of postal codes, without the blanks that some write in them."""
        parts = (part.replace(" ", "") for part in (self.zips or "").split(","))
        return sorted({part.upper()[:ZIP_LONGEST] for part in parts if part})

    def _test_place(self, plan):
        tests = []
        for column, chosen in (
            ("country_id", self.country_ids),
            ("state_id", self.state_ids),
        ):
            if chosen:
                plan.reads.add(f"customer.{column}")
                name = SQL.identifier("res_partner", column)
                tests.append(SQL("%s IN %s", name, tuple(chosen._origin.ids)))
        if zips := self._get_zips():
            plan.reads.add("customer.zip")
            begins = [
                SQL(
                    "starts_with(upper(replace(res_partner.zip, ' ', '')), %s)",
                    beginning,
                )
                for beginning in zips
            ]
            tests.append(SQL("(%s)", SQL(" OR ").join(begins)))
        return SQL(" AND ").join(tests)

    def _describe_place(self):
        either = self.env._(" or ")
        told = [
            either.join(chosen.mapped("name"))
            for chosen in (self.country_ids, self.state_ids)
            if chosen
        ]
        if zips := self._get_zips():
            told.append(
                self.env._("postal code begins with %(zips)s", zips=either.join(zips))
            )
        return self.env._("from %(places)s", places=", ".join(told))

    # ------------------------------------------------------------------ trade

    def _check_industry(self):
        if not self.industry_ids:
            raise UserError(self.env._("Choose at least one industry."))

    def _test_industry(self, plan):
        domain = Domain("industry_id", "in", self.industry_ids._origin.ids)
        return self.segment_id._get_domain_test(plan, domain)

    def _describe_industry(self):
        names = self.env._(" or ").join(self.industry_ids.mapped("name"))
        return self.env._("industry %(names)s", names=names)

    # ------------------------------------------------------------------ phase

    def _check_phase(self):
        if not self.phase:
            raise UserError(self.env._("Choose the phase."))

    def _test_phase(self, plan):
        """Whoever neither bought nor asked has no row and is in the first phase."""
        plan.reads |= {"phase", "customer.commercial_partner_id"}
        initial = self.phase == "initial"
        test = plan.contains(
            SQL(
                """SELECT p.id AS partner_id, NULL::varchar AS words FROM res_partner p
                    WHERE %s AND EXISTS (
                          SELECT FROM crm_lifecycle s
                           WHERE s.partner_id = p.commercial_partner_id
                             AND s.valid_to IS NULL AND s.company_id IN %s AND %s)""",
                plan.among(SQL("p.id")),
                self.segment_id._get_company_ids(),
                SQL("TRUE") if initial else SQL("s.phase = %s", self.phase),
            )
        )
        return SQL("(%s) IS NOT TRUE", test) if initial else test

    def _describe_phase(self):
        phases = dict(self._fields["phase"]._description_selection(self.env))
        return self.env._("phase %(phase)s", phase=phases[self.phase])

    # ------------------------------------------------------------------ tier

    def _check_tier(self):
        if not self.level_ids:
            raise UserError(self.env._("Choose at least one loyalty level."))

    def _test_tier(self, plan):
        plan.reads.add("tier")
        return plan.contains(
            SQL(
                """SELECT DISTINCT t.partner_id, NULL::varchar AS words
                     FROM crm_loyalty_tier_member t
                    WHERE t.level_id IN %s AND t.valid_to IS NULL
                      AND t.company_id IN %s AND %s""",
                tuple(self.level_ids._origin.ids),
                self.segment_id._get_company_ids(),
                plan.among(SQL("t.partner_id")),
            )
        )

    def _describe_tier(self):
        names = self.env._(" or ").join(self.level_ids.mapped("display_name"))
        return self.env._("loyalty level %(names)s", names=names)
