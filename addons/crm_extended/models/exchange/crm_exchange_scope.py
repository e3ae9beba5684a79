import ast

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

UNUSABLE = (ValueError, TypeError, SyntaxError, RecursionError, MemoryError, UserError)


class ExchangeScope(models.Model):
    """What one client may read of one kind of record: which fields, which records."""

    _name = "crm.exchange.scope"
    _description = "Exchange Scope"
    _order = "client_id, entity"
    _rec_name = "entity"

    client_id = fields.Many2one(
        "crm.exchange.client", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="client_id.company_id", store=True)
    entity = fields.Selection(
        selection="_selection_entity",
        required=True,
        default="customer",
        help="Kind of record",
    )
    model = fields.Char(compute="_compute_model")
    can_read = fields.Boolean(string="Read", default=True)
    field_mode = fields.Selection(
        [
            ("plain", "All but personal data"),
            ("list", "Only these"),
            ("all", "All, personal data too"),
        ],
        string="Fields",
        required=True,
        default="plain",
        help="Give personal data only to whom your agreement with the partner covers.",
    )
    field_names = fields.Char(help="Separated by commas, e.g. name, email, city")
    domain = fields.Char(
        string="Only Records",
        default="[]",
        help="Which records the partner may see, e.g. only customers of one region. "
        "A record that no longer fits is reported to it as having left.",
    )

    _entity_uniq = models.Constraint(
        "UNIQUE (client_id, entity)", "The client already has a scope for this entity."
    )

    @api.model
    def _selection_entity(self):
        return [
            (entity.name, entity.name.replace("_", " ").capitalize())
            for entity in self.env["crm.exchange"]._entities().values()
        ]

    @api.depends("entity")
    def _compute_model(self):
        entities = self.env["crm.exchange"]._entities()
        for scope in self:
            entity = entities.get(scope.entity)
            scope.model = entity.model if entity else False

    @api.constrains("entity", "field_mode", "field_names")
    def _check_field_names(self):
        for scope in self.filtered(lambda s: s.field_mode == "list"):
            entity = self.env["crm.exchange"]._entities()[scope.entity]
            names = scope._listed_names()
            unknown = [name for name in names if name not in entity.by_name]
            if unknown or not names:
                raise ValidationError(
                    self.env._(
                        "Scope %(entity)s: “%(unknown)s” is no exchanged field. "
                        "Known: %(known)s.",
                        entity=scope.entity,
                        unknown=", ".join(unknown) or " ",
                        known=", ".join(entity.by_name),
                    )
                )

    @api.constrains("entity", "domain")
    def _check_domain(self):
        """The filter must work, and with the rights of the person who sets it.

        It is later evaluated with the system's rights, so it must not become a way to
        learn fields that this person cannot see.
        """
        for scope in self:
            model = self.env[self.env["crm.exchange"]._entities()[scope.entity].model]
            try:
                model.search(scope._record_domain(), limit=1)
            except UNUSABLE as error:
                raise ValidationError(
                    self.env._(
                        "Scope %(entity)s: the filter on records cannot be used: "
                        "%(reason)s",
                        entity=scope.entity,
                        reason=error,
                    )
                ) from error

    def _listed_names(self):
        names = (name.strip() for name in (self.field_names or "").split(","))
        return [name for name in names if name]

    def _record_domain(self):
        """The record filter; literals only, nothing in it is ever executed."""
        return Domain(ast.literal_eval(self.domain or "[]"))

    def _readable_fields(self, entity):
        """Names of the fields of `entity` in this scope, in declared order."""
        if self.field_mode == "plain":
            return entity.plain_fields()
        if self.field_mode == "list":
            names = set(self._listed_names())
            return tuple(f.name for f in entity.fields if f.name in names)
        return tuple(f.name for f in entity.fields)
