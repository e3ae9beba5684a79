from collections import Counter
from dataclasses import replace

from odoo import api, models, tools
from odoo.tools import SQL

from ...merging import catalog, policy, statements
from ...merging.reference import Reference, Unique

PARTNER = "res.partner"
_HELD = "EXISTS (SELECT FROM crm_merge_held h WHERE h.entry_id = v.{column}{more})"
_HASHED = (
    "EXISTS (SELECT FROM account_move a WHERE a.id = v.{column} "
    "AND a.inalterable_hash IS NOT NULL)"
)


class CrmMergeReference(models.Model):
    """Where customers are referred to, read once from registry and catalogue."""

    _inherit = "crm.merge"

    @api.model
    @tools.ormcache()
    def _references(self):
        """Every place but properties, parents and banks, as `Reference`s.

        PostgreSQL knows the foreign keys, also of tables without a model; the registry
        knows the ids beside a model name, the "model,id" texts and the values per
        company.
        """
        self = self.sudo()
        skipped = self._transient_tables()
        keys = set(catalog.foreign_keys(self.env.cr, "res_partner"))
        keys |= self._many2one_columns()
        pairs = self._pair_columns()
        texts = self._text_columns()
        company = {
            (self.env[field.model_name]._table, field.name)
            for field in self.env.registry.many2one_company_dependents[PARTNER]
        }
        names = {table for table, *_rest in (*keys, *pairs, *texts, *company)}
        tables = catalog.tables(self.env.cr, names - skipped)
        found = []
        for table, column in sorted(keys):
            if table in tables and not policy.is_own(table, column):
                found.append(self._key_reference(tables[table], column))
        for table, column, condition in sorted(pairs):
            if table in tables and not policy.is_own(table, column):
                found.append(_pair_reference(tables[table], column, condition))
        for table, column, prefix, condition in sorted(texts):
            if table in tables and not policy.is_own(table, column):
                found.append(
                    Reference(
                        tables[table],
                        column,
                        "text",
                        prefix=prefix,
                        model_is=condition,
                    )
                )
        for table, column in sorted(company):
            if table in tables:
                found.append(Reference(tables[table], column, "company"))
        found = [
            ref
            for ref in found
            if ref.column in ref.table.columns and statements.keyed_by_row(ref)
        ]
        return tuple(map(_hold_whole_rows(found), found))

    @api.model
    def _key_reference(self, table, column):
        holds = []
        entry = policy.ENTRY_COLUMNS.get(table.name)
        if entry:
            for reason in ("hashed", "debtor"):
                more = f" AND h.reason = '{reason}'"
                holds.append((_HELD.format(column=entry, more=more), reason))
        if (table.name, column) == ("res_users", "partner_id"):
            holds.append(("NOT v.active", "login"))
        debtor = (table.name, column) in policy.DEBTOR_COLUMNS
        return Reference(
            table,
            column,
            value="debtor_id" if debtor else "target_id",
            holds=tuple(holds),
            checks=policy.EXTRA_CHECKS.get(table.name, ()),
            uniques=_extra_uniques(table),
        )

    @api.model
    def _return_reference(self, reference):
        """The same place as an undo must judge it: entries may be secured since."""
        entry = policy.ENTRY_COLUMNS.get(reference.table.name)
        holds = ((_HASHED.format(column=entry), "hashed"),) if entry else ()
        return replace(reference, holds=holds)

    # ------------------------------------------------------------------ registry

    @api.model
    def _stored_fields(self, *types):
        """(model, field) of the stored columns of these types on ordinary tables."""
        for model in self.env.registry.values():
            if model._abstract or model._transient or not model._auto:
                continue
            for field in model._fields.values():
                if field.type in types and field.store and field.column_type:
                    if not field.inherited:
                        yield model, field

    @api.model
    def _transient_tables(self):
        """Tables of open dialogs: they are emptied anyway."""
        models_ = [m for m in self.env.registry.values() if m._transient]
        return {model._table for model in models_} | {
            field.relation
            for model in models_
            for field in model._fields.values()
            if field.type == "many2many" and field.store
        }

    @api.model
    def _many2one_columns(self):
        return {
            (model._table, field.name)
            for model, field in self._stored_fields("many2one")
            if field.comodel_name == PARTNER and not field.company_dependent
        }

    @api.model
    def _pair_columns(self, about=PARTNER):
        """(table, id column, condition that the row is about a record of the model)."""
        pairs = set(policy.EXTRA_PAIRS) if about == PARTNER else set()
        for model, field in self._stored_fields("many2one_reference", "integer"):
            name = getattr(field, "model_field", None)
            beside = model._fields.get(name) if name else None
            if beside is None:
                continue
            if beside.store and beside.column_type:
                condition = f"t.{statements.quoted(name)} = {statements.text(about)}"
            elif beside.related and beside.related.endswith(".model"):
                link = model._fields[beside.related.split(".")[0]]
                if not link.store:
                    continue
                condition = (
                    f"t.{statements.quoted(link.name)} IN "
                    f"(SELECT id FROM ir_model WHERE model = {statements.text(about)})"
                )
            else:
                continue
            pairs.add((model._table, field.name, condition))
        return pairs

    @api.model
    def _text_columns(self):
        """(table, column, text before the id, condition on the row)."""
        texts = {
            (model._table, field.name, f"{PARTNER},", "")
            for model, field in self._stored_fields("reference")
        }
        texts.add(
            (
                "ir_default",
                "json_value",
                "",
                "t.field_id IN (SELECT id FROM ir_model_fields "
                "WHERE relation = 'res.partner' AND ttype = 'many2one')",
            )
        )
        return texts

    @api.model
    def _property_references(self):
        """Columns of properties that hold partners; definitions are data: not kept."""
        names = {}
        for model, field in self._stored_fields("properties"):
            holder = model._fields[field.definition_record].comodel_name
            owner = self.env[holder]
            column = owner._fields[field.definition_record_field]
            if not column.store:
                continue
            self.env.cr.execute(
                SQL(
                    """SELECT DISTINCT d ->> 'name' FROM %(table)s t
                        CROSS JOIN LATERAL jsonb_array_elements(
                            CASE WHEN jsonb_typeof(t.%(column)s) = 'array'
                                 THEN t.%(column)s END) d
                        WHERE d ->> 'comodel' = 'res.partner'
                          AND d ->> 'type' IN ('many2one', 'many2many')""",
                    table=SQL.identifier(owner._table),
                    column=SQL.identifier(column.name),
                )
            )
            if found := sorted(name for (name,) in self.env.cr.fetchall() if name):
                names[model._table, field.name] = tuple(found)
        tables = catalog.tables(self.env.cr, {t for t, _c in names}) if names else {}
        return [
            Reference(tables[table], column, "property", names=found)
            for (table, column), found in sorted(names.items())
        ]

    @api.model
    def _json_references(self, places):
        """References for values inside JSON that the journal names, by (table, column).

        By name alone: a property may have been taken from its definition since.
        """
        tables = catalog.tables(self.env.cr, {table for table, _c in places})
        return [
            Reference(tables[table], column, "property")
            for table, column in places
            if table in tables and column in tables[table].columns
        ]

    @api.model
    def _bank_references(self):
        """Places that refer to a bank account, for accounts that both had."""
        keys = catalog.foreign_keys(self.env.cr, "res_partner_bank")
        pairs = self._pair_columns("res.partner.bank")
        names = {table for table, *_rest in (*keys, *pairs)}
        tables = catalog.tables(self.env.cr, names - self._transient_tables())
        return [
            Reference(tables[table], column)
            for table, column in sorted(keys)
            if table in tables and not table.startswith(policy.OWN_TABLES)
        ] + [
            _pair_reference(tables[table], column, condition)
            for table, column, condition in sorted(pairs)
            if table in tables and not table.startswith(policy.OWN_TABLES)
        ]


def _pair_reference(table, column, condition):
    return Reference(
        table,
        column,
        "pair",
        model_is=condition,
        uniques=_extra_uniques(table),
    )


def _extra_uniques(table):
    extra = policy.EXTRA_UNIQUES.get(table.name)
    return (extra,) if isinstance(extra, Unique) else ()


def _hold_whole_rows(references):
    """A row that stays for one of its references stays for all of them.

    Half a row would take the place that another one needs on its way back.
    """
    guarded = [ref.table.name for ref in references if any(statements.guards(ref))]
    several = {ref.table.name for ref in references if ref.table.key == "id"} & {
        name
        for name, count in Counter(ref.table.name for ref in references).items()
        if count > 1 and name in guarded
    }

    def hold(ref):
        if ref.table.name not in several:
            return ref
        stuck = (
            "v._row IN (SELECT row_id FROM crm_merge_move WHERE kind = 'kept' "
            f"AND table_name = {statements.text(ref.table.name)} "
            "AND merge_id IN (SELECT merge_id FROM crm_merge_map))"
        )
        return replace(ref, holds=(*ref.holds, (stuck, "row")))

    return hold
