import ast

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

VERBS = ("read", "create", "update", "delete", "merge", "erase")
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
    known_verbs = fields.Char(
        compute="_compute_model", help="What the kind of record allows at all"
    )
    can_read = fields.Boolean(string="Read", default=True)
    can_create = fields.Boolean(string="Create")
    can_update = fields.Boolean(string="Update")
    can_delete = fields.Boolean(
        string="Delete", help="Archives or deletes, as the kind of record allows"
    )
    can_merge = fields.Boolean(
        string="Merge", help="Says which of its records are one customer"
    )
    can_erase = fields.Boolean(
        string="Erase", help="Passes on that a person wants their data erased"
    )
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
    write_mode = fields.Selection(
        [
            ("plain", "All but personal data"),
            ("list", "Only these"),
            ("all", "All, personal data too"),
        ],
        string="Fields to Write",
        required=True,
        default="all",
        help="Which fields it may create and update, of those that can be written.",
    )
    write_names = fields.Char(
        string="Names of Fields to Write",
        help="Separated by commas, e.g. name, email, city",
    )
    domain = fields.Char(
        string="Only Records",
        default="[]",
        help="Which records the partner may see, e.g. only customers of one region. "
        "A record that no longer fits is reported to it as having left.",
    )

    own_only = fields.Boolean(
        string="Only Its Own Customers",
        help="Only customers that the partner's system has a key for at its source, "
        "their contacts, and what belongs to them.",
    )
    credential_id = fields.Many2one(
        "crm.exchange.credential",
        string="Key",
        ondelete="cascade",
        index="btree_not_null",
        help="Set: a narrower scope of this key. Empty: the scope of the client.",
    )

    _entity_unique = models.UniqueIndex(
        "(client_id, COALESCE(credential_id, 0), entity)",
        "There is already a scope for this entity.",
    )

    def init(self):
        # before keys had scopes of their own
        self.env.cr.execute(
            "ALTER TABLE crm_exchange_scope "
            "DROP CONSTRAINT IF EXISTS crm_exchange_scope_entity_uniq"
        )

    @api.model_create_multi
    def create(self, vals_list):
        """A scope of a key belongs to the client of the key, whatever was passed."""
        for vals in vals_list:
            if vals.get("credential_id"):
                key = self.env["crm.exchange.credential"].browse(vals["credential_id"])
                vals["client_id"] = key.client_id.id
        return super().create(vals_list)

    @api.constrains("client_id", "credential_id")
    def _check_credential(self):
        for scope in self.filtered("credential_id"):
            if scope.credential_id.client_id != scope.client_id:
                raise ValidationError(
                    self.env._(
                        "Scope %(entity)s: the key “%(label)s” is another client's.",
                        entity=scope.entity,
                        label=scope.credential_id.name,
                    )
                )

    @api.model
    def _selection_entity(self):
        return self.env["crm.exchange"]._label_entities()

    @api.depends("entity")
    def _compute_model(self):
        entities = self.env["crm.exchange"]._entities()
        for scope in self:
            entity = entities.get(scope.entity)
            scope.model = entity.model if entity else False
            scope.known_verbs = ",".join(entity.verbs) if entity else ""

    @api.constrains("entity", "field_mode", "field_names", "write_mode", "write_names")
    def _check_field_names(self):
        for scope in self:
            entity = self.env["crm.exchange"]._entities()[scope.entity]
            if scope.field_mode == "list":
                scope._check_listed(scope.field_names, list(entity.by_name))
            if scope.write_mode == "list":
                writable = [f.name for f in entity.fields if f.writable]
                scope._check_listed(scope.write_names, writable)

    def _check_listed(self, listed, known):
        """:raises ValidationError: when `listed` is empty or holds an unknown name"""
        names = _split(listed)
        unknown = [name for name in names if name not in known]
        if unknown or not names:
            raise ValidationError(
                self.env._(
                    "Scope %(entity)s: “%(unknown)s” is no exchanged field. "
                    "Known: %(known)s.",
                    entity=self.entity,
                    unknown=", ".join(unknown) or " ",
                    known=", ".join(known),
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

    # ------------------------------------------------------------------ what it allows

    def _wider(self):
        """The client's own scope that this scope of a key narrows; empty for none."""
        return self.client_id.scope_ids.filtered(lambda s: s.entity == self.entity)

    def _may(self, verb):
        """Whether the client may do this to records of the entity.

        :param str verb: one of `VERBS`; also refused when the entity declares that it
            knows no such verb
        """
        self.ensure_one()
        entity = self.env["crm.exchange"]._entities().get(self.entity)
        if not entity or verb not in VERBS or verb not in entity.verbs:
            return False
        if self.credential_id and not (self._wider() and self._wider()._may(verb)):
            return False
        return bool(self[f"can_{verb}"])

    def _record_domain(self):
        """The record filter; literals only, nothing in it is ever executed."""
        domain = Domain(ast.literal_eval(self.domain or "[]"))
        if self.credential_id:
            wider = self._wider()
            domain &= wider._record_domain() if wider else Domain.FALSE
        return domain

    def _is_own_only(self):
        """Whether only the client's own customers, and what is theirs, are in scope."""
        return self.own_only or bool(self.credential_id and self._wider().own_only)

    def _readable_fields(self, entity):
        """Names of the fields of `entity` in this scope, in declared order."""
        names = _chosen(entity.fields, self.field_mode, self.field_names)
        if self.credential_id:
            wider = self._wider()
            allowed = wider._readable_fields(entity) if wider else ()
            names = tuple(name for name in names if name in allowed)
        return names

    def _writable_fields(self, entity):
        """Names of the fields the client may create or update, in declared order.

        None when it may do neither; never a field that is not declared writable.
        """
        if not (self._may("create") or self._may("update")):
            return ()
        writable = [field for field in entity.fields if field.writable]
        names = _chosen(writable, self.write_mode, self.write_names)
        if self.credential_id:
            allowed = self._wider()._writable_fields(entity)
            names = tuple(name for name in names if name in allowed)
        return names

    def _mark(self, entity):
        """JSON-able parts that change when the client may read other things."""
        scopes = self | self._wider() if self.credential_id else self
        filters = [scope.domain or "[]" for scope in scopes.sorted("id")]
        mark = [entity.name, self._readable_fields(entity), filters]
        return [*mark, "own"] if self._is_own_only() else mark


def _split(listed):
    names = (name.strip() for name in (listed or "").split(","))
    return [name for name in names if name]


def _chosen(fields, mode, listed):
    if mode == "plain":
        return tuple(f.name for f in fields if not f.personal)
    if mode == "list":
        names = set(_split(listed))
        return tuple(f.name for f in fields if f.name in names)
    return tuple(f.name for f in fields)
