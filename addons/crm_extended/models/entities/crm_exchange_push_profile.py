from collections import defaultdict

from odoo import api, fields, models

_TYPED = {
    "number": ("value_number", float),
    "date": ("value_date", fields.Date.to_date),
    "flag": ("value_flag", bool),
    "choice": ("choice_id", int),
    "choices": ("choice_id", int),
    "product": ("product_id", int),
    "category": ("category_id", int),
    "text": ("value_text", str),
}


class ExchangePushProfile(models.AbstractModel):
    """What a system says of a customer is said by its source, with our trust in it."""

    _inherit = "crm.exchange"

    # ------------------------------------------------------------------ consent

    @api.model
    def _push_values_consent(self, client, rows):
        """An answer that a system passes on; its source is the witness."""
        prepared = self._push_values(client, rows)
        for vals in prepared:
            vals |= {"origin": "system", "source_id": client.source_id.id}
            vals.setdefault("proof_kind", "file")
        return prepared

    # ------------------------------------------------------------------ attribute

    @api.model
    def _push_values_attribute(self, client, rows):
        """A value must be of the attribute's kind; a changed one is said anew."""
        prepared = self._push_values(client, rows)
        attributes = self.env["crm.attribute"].browse(
            {vals["attribute_id"] for vals in prepared if vals.get("attribute_id")}
        )
        kinds = {attribute.id: attribute.kind for attribute in attributes}
        held = self.env["crm.attribute.value"].browse([r.res_id for r in rows])
        for row, vals, value in zip(rows, prepared, held, strict=True):
            if value:
                vals.setdefault("partner_id", value.partner_id.id)
                vals.setdefault("attribute_id", value.attribute_id.id)
                kinds[value.attribute_id.id] = value.attribute_id.kind
            column, _type = _TYPED.get(kinds.get(vals.get("attribute_id")), ("", None))
            if column and column not in vals and not row.errors:
                row.reject(
                    "invalid_value",
                    "The attribute needs a value of its kind.",
                    "set",
                    expected=_get_name(row.entity, column),
                )
        return prepared

    @api.model
    def _push_create_attribute(self, client, vals_list):
        return self._say_attributes(client, vals_list)

    @api.model
    def _push_write_attribute(self, client, records, vals_list):
        """Nothing is overwritten: `_push_after_attribute` says the new value."""

    @api.model
    def _push_after_attribute(self, client, records, rows):
        """A new value is a new record; the client's key means that from now on."""
        changed = [row for row in rows if row.status == "updated"]
        said = self._say_attributes(client, [row.vals for row in changed])
        for row, value in zip(changed, said, strict=True):
            row.res_id = value.id
        keys = {row.own_key: row.res_id for row in changed if row.own_key}
        self._remember(client, "attribute", keys)

    @api.model
    def _say_attributes(self, client, vals_list):
        """The values as they stand after the source said these, in the same order."""
        values = self.env["crm.attribute.value"]
        attributes = self.env["crm.attribute"]
        by_certainty = defaultdict(list)
        for vals in vals_list:
            attribute = attributes.browse(vals["attribute_id"])
            column, typed = _TYPED[attribute.kind]
            value = vals.get(column)
            known = value not in (None, False, "") or (column == "value_flag")
            by_certainty[vals.get("certainty")].append(
                (vals["partner_id"], attribute, [typed(value)] if known else [])
            )
        for certainty, rows in by_certainty.items():
            certainty = None if certainty is None else min(max(certainty, 0), 100)
            values._store(rows, client.source_id, certainty)
        return self._find_said(client, vals_list)

    @api.model
    def _find_said(self, client, vals_list):
        """The record of each value: the current one where the source was believed."""
        values = self.env["crm.attribute.value"]
        found = values.search(
            [
                ("partner_id", "in", [vals["partner_id"] for vals in vals_list]),
                ("attribute_id", "in", [vals["attribute_id"] for vals in vals_list]),
            ],
        )

        def weight(value):
            own = value.source_id == client.source_id
            return own, not value.valid_to, value.valid_from, value.id

        by_place = {}
        for value in found.sorted(weight):  # the last one wins
            place = value.partner_id.id, value.attribute_id.id
            by_place[*place, None] = by_place[*place, value.choice_id.id] = value.id
        ids = []
        for vals in vals_list:
            place = vals["partner_id"], vals["attribute_id"]
            detail = vals.get("choice_id") or None
            ids.append(by_place.get((*place, detail)) or by_place[*place, None])
        return values.browse(ids)


def _get_name(entity, column):
    return next(field.name for field in entity.fields if field.column == column)
