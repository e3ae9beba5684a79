from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

NOT_CHOSEN = {
    "id",
    "active",
    "calendar_last_notif_ack",
    "company_id",
    "create_date",
    "create_uid",
    "merged_into_id",
    "parent_id",
    "write_date",
    "write_uid",
    "color",
    "type",
    "is_company",
}


class CrmMergeChoice(models.Model):
    """Which value the surviving customer gets in each field, and from whom."""

    _inherit = "crm.merge"

    @api.model
    def _choice_fields(self):
        """Fields of a customer that a merge decides, by name.

        Override to leave one out. Stored values that a person may edit; what is
        computed follows, lists of records are moved as references.
        """
        found = {}
        for name, field in self.env["res.partner"]._fields.items():
            if name in NOT_CHOSEN or not field.store or not field.column_type:
                continue
            if field.inherited or field.related or field.company_dependent:
                continue
            if field.compute and field.readonly:
                continue
            if field.type in ("properties", "json", "many2one_reference"):
                continue
            found[name] = field
        return found

    @api.model
    def _check_values(self, groups, values):
        """Values chosen by hand, of fields that a person may choose.

        :raises UserError: naming the field
        """
        if not values:
            return {}
        targets = {target for target, _sources in groups}
        allowed = self._choice_fields()
        partner = self.env["res.partner"]
        checked = {}
        if not isinstance(values, dict):
            raise UserError(self.env._("Expected chosen values per surviving record."))
        for target, chosen in values.items():
            if target not in targets or not isinstance(chosen, dict):
                raise UserError(
                    self.env._("Chosen values must be of a record that survives.")
                )
            for name, value in chosen.items():
                field = partner._fields.get(name) if isinstance(name, str) else None
                parent = name in ("parent_id", "is_company", "type")
                if field is None or (name not in allowed and not parent):
                    raise UserError(
                        self.env._(
                            "The field %(field)s is not chosen in a merge.",
                            field=str(name)[:60],
                        )
                    )
                partner._check_field_access(field, "write")
                checked.setdefault(target, {})[name] = self._clean_value(field, value)
        return checked

    @api.model
    def _clean_value(self, field, value):
        """A hand-chosen value as the column keeps it."""
        try:
            if field.type == "many2one":
                if isinstance(value, models.BaseModel):
                    value = value.id
                if value and not (
                    isinstance(value, int)
                    and self.env[field.comodel_name].browse(value).exists()
                ):
                    raise ValueError(value)
            value = field.convert_to_cache(value, self.env["res.partner"])
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(
                self.env._(
                    "This is no value of the field %(field)s.",
                    field=field._description_string(self.env),
                )
            ) from error
        return value

    @api.model
    def _choose_values(self, groups, by_hand):
        """{target: {field: {"value", "partner_id", "rule"}}}, hand before rules."""
        chosen = self._propose_values(groups)
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        for target, sources in groups:
            for name, value in by_hand.get(target, {}).items():
                origin = next(
                    (
                        member.id
                        for member in partners.browse([target, *sources])
                        if (_plain(member[name]) or False) == (value or False)
                    ),
                    False,
                )
                chosen.setdefault(target, {})[name] = {
                    "value": value,
                    "partner_id": origin,
                    "rule": "manual",
                }
        return chosen

    @api.model
    def _propose_values(self, groups):
        """What the rules alone choose, in the shape of `_choose_values`.

        Golden values decide where that part of the suite is present; otherwise the
        surviving record keeps what it has and gaps are filled from the record changed
        last.
        """
        chosen = {}
        if "crm.golden" in self.env:
            chosen = self.env["crm.golden"]._choose(groups) or {}
        for target, filled in self._fill_gaps(groups).items():
            chosen[target] = {**filled, **chosen.get(target, {})}
        return chosen

    @api.model
    def _fill_gaps(self, groups):
        """Values for the fields that the surviving record has empty."""
        names = [
            name
            for name, field in self._choice_fields().items()
            if field.type != "boolean"
        ]
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        everyone = partners.browse([i for t, sources in groups for i in (t, *sources)])
        everyone.fetch([*names, "write_date", "parent_id"])
        summed = set(
            self.env["base.partner.merge.automatic.wizard"]._get_summable_fields()
        )
        filled = {}
        for target_id, source_ids in groups:
            target = partners.browse(target_id)
            sources = partners.browse(source_ids).sorted("write_date", reverse=True)
            found = filled.setdefault(target_id, {})
            for name in names:
                if name in summed:
                    self._sum_up(found, name, target, sources)
                elif not target[name]:
                    origin = next((s for s in sources if s[name]), None)
                    if origin is not None:
                        found[name] = {
                            "value": _plain(origin[name]),
                            "partner_id": origin.id,
                            "rule": "filled",
                        }
        self._fill_parents(groups, filled)
        return filled

    @api.model
    def _summed_fields(self):
        wizard = self.env["base.partner.merge.automatic.wizard"]
        return set(wizard._get_summable_fields())

    @api.model
    def _sum_up(self, found, name, target, sources):
        if extra := sum(sources.mapped(name)):
            found[name] = {
                "value": target[name] + extra,
                "partner_id": False,
                "rule": "sum",
            }

    @api.model
    def _fill_parents(self, groups, filled):
        """A loose person becomes a contact of the company that a merged record has.

        Not when journal entries name him: his debts would leave his ledger unasked.
        """
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        loose = [
            (target, sources)
            for target, sources in groups
            if not partners.browse(target).parent_id
            and not partners.browse(target).is_company
            and partners.browse(sources).parent_id
        ]
        if not loose:
            return
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT partner_id FROM account_move_line "
                "WHERE partner_id = ANY(%s)",
                [i for target, sources in loose for i in (target, *sources)],
            )
        )
        owing = {id_ for (id_,) in self.env.cr.fetchall()}
        taken = {i for target, sources in groups for i in (target, *sources)}
        for target, sources in loose:
            if owing & {target, *sources}:
                continue
            for source in partners.browse(sources).sorted("write_date", reverse=True):
                parent = source.parent_id
                if parent and parent.id not in taken and parent.active:
                    filled[target]["parent_id"] = {
                        "value": parent.id,
                        "partner_id": source.id,
                        "rule": "filled",
                    }
                    break


def _plain(value):
    return value.id if isinstance(value, models.BaseModel) else value
