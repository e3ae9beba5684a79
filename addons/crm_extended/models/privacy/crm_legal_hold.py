import ast

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class LegalHold(models.Model):
    """Data that must not be erased for now, and why: a lawsuit, an audit, a claim.

    It stops erasure and retention; GDPR article 17(3)(b) and (e).
    """

    _name = "crm.legal.hold"
    _description = "Legal Hold"
    _order = "date_from desc, id desc"

    name = fields.Char(required=True, help="Such as: Lawsuit 12 C 34/2026")
    reason = fields.Text(required=True, help="Which claim or duty, and who decided")
    # archived customers too: they can still be erased
    partner_ids = fields.Many2many(
        "res.partner", string="Customers", context={"active_test": False}
    )
    domain = fields.Char(
        string="Customers by Rule", help="All customers that fit, now and later"
    )
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    date_to = fields.Date(string="To", help="Last day of the hold. Empty: open.")
    user_id = fields.Many2one(
        "res.users", string="Responsible", default=lambda self: self.env.user
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True)
    is_current = fields.Boolean(compute="_compute_is_current")

    _period = models.Constraint(
        "CHECK (date_to >= date_from)", "The hold ends before it begins."
    )

    @api.depends("date_from", "date_to", "active")
    def _compute_is_current(self):
        today = fields.Date.context_today(self)
        for hold in self:
            hold.is_current = bool(
                hold.active
                and hold.date_from
                and hold.date_from <= today
                and (not hold.date_to or hold.date_to >= today)
            )

    @api.constrains("domain", "partner_ids")
    def _check_domain(self):
        for hold in self:
            domain = hold._parse_domain(checked=True)
            if not hold.partner_ids and domain.is_true():
                raise ValidationError(
                    self.env._(
                        "Hold %(hold)s names nobody. Choose customers, or a rule that "
                        "finds them.",
                        hold=hold.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """A hold that names nobody is refused, also where both fields are left out."""
        holds = super().create(vals_list)
        holds._check_domain()
        return holds

    def _parse_domain(self, checked=False):
        """The rule as a domain on customers; it is data and is never executed."""
        self.ensure_one()
        return parse_domain(self, "res.partner", self.domain, self.name, checked)

    @api.model
    def _held(self, partners):
        """Those of `partners` that a hold of today keeps from erasure.

        Whoever took in a held record by a merge is held as well: its data are there.
        """
        everyone = partners.sudo().with_context(active_test=False)
        among = Domain("id", "in", partners.ids)
        if "merged_into_id" in partners._fields:
            among |= Domain("merged_into_id", "in", partners.ids)
        found = self._find_people(everyone, among)
        return partners.filtered(lambda p: p.id in found._ids)

    @api.model
    def _find_people(self, everyone, among=Domain.TRUE):
        """All customers on hold today, with those they were merged into."""
        today = fields.Date.context_today(self)
        holds = self.sudo().search(
            Domain("date_from", "<=", today)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today))
        )
        found = everyone.browse()
        for hold in holds:
            named = Domain("id", "in", hold.sudo().partner_ids.ids)
            if hold.domain:
                named |= hold._parse_domain()
            found |= everyone.search(among & named)
        if "merged_into_id" in everyone._fields:
            found |= found.merged_into_id
        return found


def parse_domain(record, model, text, name, checked=False):
    """A filter kept as text, as a `Domain`; a filter is data and is never executed.

    :param checked: whether the user may look at all that the filter names
    :raises UserError: the text is anything but a literal list of conditions
    """
    try:
        literal = ast.literal_eval((text or "[]").strip())
        domain = Domain(literal if isinstance(literal, list) else None)
        domain.validate(record.env[model])
        if checked:
            # A filter on a field its author may not read would tell its content.
            # Constraints run with all rights: the author's own are asked.
            record.env[model].sudo(False).search(domain, limit=1)
        return domain
    except (
        ValueError,
        SyntaxError,
        TypeError,
        MemoryError,
        RecursionError,
        KeyError,
    ) as error:
        raise UserError(
            record.env._(
                "The filter of %(name)s is not a plain list of conditions. Edit it "
                "with the filter editor.",
                name=name,
            )
        ) from error
