from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

STRATEGIES = [
    ("manual", "Entered by a Person"),
    ("trust", "Most Trusted Source"),
    ("newest", "Newest"),
    ("complete", "Most Complete"),
    ("longest", "Longest"),
    ("frequent", "Said by Most Sources"),
]
_TYPES = ("char", "text", "html", "many2one", "selection", "date", "boolean")
# what merging, rights or other parts of the suite decide, never a source
_BARRED = frozenset(
    {"active", "company_id", "parent_id", "merged_into_id", "commercial_partner_id"}
    | {"create_uid", "write_uid", "partner_share", "signup_type", "user_id", "type"}
)


class Rule(NamedTuple):
    """A rule without the ORM: cached, and read for each write of a customer."""

    company_id: int
    fields: tuple[str, ...]
    strategies: tuple[str, ...]


class SurvivorshipRule(models.Model):
    """Whom to believe about a field of a customer when its sources disagree.

    Several fields in one rule come together from one record, as the lines of an
    address do. A rule of a company comes before the shared one for its customers.
    """

    _name = "crm.survivorship.rule"
    _description = "Survivorship Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Empty: for the customers of all companies that have no rule of their own",
    )
    field_ids = fields.Many2many(
        "ir.model.fields",
        "crm_survivorship_rule_field",
        "rule_id",
        "field_id",
        string="Fields",
        required=True,
        domain=lambda self: self._get_field_domain(),
        help="Several fields come together from one record, as in an address",
    )
    first = fields.Selection(
        STRATEGIES, string="Believe", required=True, default="trust"
    )
    second = fields.Selection(
        STRATEGIES, string="Then", help="Decides where the first leaves several values"
    )
    third = fields.Selection(STRATEGIES, string="Last")
    note = fields.Text(help="Why this rule is as it is")

    @api.model
    def _get_field_domain(self):
        return list(
            Domain("model", "=", "res.partner")
            & Domain("store", "=", True)
            & Domain("readonly", "=", False)
            & Domain("company_dependent", "=", False)
            & Domain("ttype", "in", _TYPES)
            & Domain("name", "not in", sorted(_BARRED))
        )

    @api.constrains("field_ids", "company_id", "active")
    def _check_fields(self):
        """A field has one rule in a company, and only fields of sources have rules."""
        allowed = self.env["ir.model.fields"].sudo().search(self._get_field_domain())
        others = self.sudo().search([("active", "=", True)])
        for rule in self.filtered("active"):
            # sudo: labels of fields are no secret, rules of a company may be
            own = rule.sudo().field_ids
            if wrong := own - allowed:
                raise ValidationError(
                    self.env._(
                        "Rule %(rule)s: no source decides about %(fields)s. Remove it.",
                        rule=rule.name,
                        fields=", ".join(wrong.mapped("field_description")),
                    )
                )
            for other in others.filtered(
                lambda o, r=rule: o != r and o.company_id == r.company_id
            ):
                if twice := own & other.field_ids:
                    raise ValidationError(
                        self.env._(
                            "%(fields)s: the rule %(rule)s decides about it already. "
                            "Remove it from one of the two.",
                            fields=", ".join(twice.mapped("field_description")),
                            rule=other.name,
                        )
                    )

    # ------------------------------------------------------------------ cache

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    @tools.ormcache()
    def _get_all(self):
        """All rules as `Rule`, in order; the same for every user."""
        found = []
        for rule in self.sudo().search([("active", "=", True)]):
            names = tuple(
                name
                for name in rule.field_ids.sorted("id").mapped("name")
                if name in self.env["res.partner"]._fields
            )
            chosen = (rule.first, rule.second, rule.third)
            strategies = tuple(dict.fromkeys(filter(None, chosen)))
            if names:
                found.append(Rule(rule.company_id.id or 0, names, strategies))
        return tuple(found)

    @api.model
    @tools.ormcache("company_id")
    def _get_rules(self, company_id):
        """The rules that hold for customers of a company; of the shared ones the rest.

        :param company_id: id of res.company, or 0 for shared customers
        :return: tuple of `Rule`; a field is in one of them at most
        """
        own = [rule for rule in self._get_all() if rule.company_id == company_id]
        taken = {name for rule in own for name in rule.fields} if company_id else set()
        shared = [rule for rule in self._get_all() if not rule.company_id]
        rest = (
            rule._replace(fields=tuple(n for n in rule.fields if n not in taken))
            for rule in shared
        )
        return tuple(own if company_id else ()) + tuple(r for r in rest if r.fields)

    @api.model
    @tools.ormcache()
    def _get_watched(self):
        """Names of all fields that some rule decides about."""
        return frozenset(name for rule in self._get_all() for name in rule.fields)
