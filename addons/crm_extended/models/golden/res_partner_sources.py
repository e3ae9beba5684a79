from odoo import fields, models
from odoo.exceptions import UserError

from ...survivorship.voice import is_filled

_RECORDS = 50  # shown on the page; the list of all is one click away


class ResPartner(models.Model):
    """The page Sources: what each source said, what is believed, and a person's say."""

    _inherit = "res.partner"

    def get_sources(self):
        """All that sources say of a customer, as the page Sources shows it.

        :return: ``{values, records, record_count, merged, may_pin}``; ``values`` holds
            a dict per rule: ``{names, label, value, origin, alternatives, pinned}``
        """
        self._check_sources_access()
        records = self.env["crm.source.record"].search(
            [("partner_id", "=", self.id)], order="received_at DESC, id DESC"
        )
        shown = records[:_RECORDS]
        return {
            "values": self._tell_values(records),
            "records": [record._tell() for record in shown],
            "record_count": len(records),
            "merged": self._tell_merged(),
            "may_pin": self.has_access("write"),
        }

    def use_source_value(self, record_id, names):
        """Take what one record says, and keep it whatever other sources say.

        :param int record_id: of crm.source.record of this customer
        :param list names: fields; those that belong together come together
        :raises UserError: the record says nothing about them, or is another customer's
        """
        self._check_sources_access()
        self.check_access("write")
        record = self.env["crm.source.record"].browse(_to_id(self.env, record_id))
        record = record.exists()
        if record:
            record.check_access("read")
        if not record or record.partner_id != self:
            raise UserError(
                self.env._("This record is not of this customer any more. Reload.")
            )
        names = self._get_together(names)
        said = {n: v for n, v in record._get_said().items() if n in names}
        if not any(is_filled(value) for value in said.values()):
            raise UserError(
                self.env._("The record %(key)s says nothing about it.", key=record.key)
            )
        golden = self.env["crm.golden"].sudo()
        golden._keep_members([(self.id, [])])  # what stood here stays to choose
        golden._pin(self, names, said, record)
        return True

    def unpin_source_value(self, names):
        """Let the rules decide again about fields that a person pinned.

        :param list names: fields; those that belong together are unpinned together
        """
        self._check_sources_access()
        self.check_access("write")
        self.env["crm.golden"].sudo()._unpin(self, self._get_together(names))
        return True

    # ------------------------------------------------------------------ private

    def _check_sources_access(self):
        self.ensure_one()
        self.check_access("read")
        self.env["crm.source.record"].check_access("read")

    def _get_together(self, names):
        """The fields that come together with those named.

        :raises UserError: no rule decides about any of them
        """
        asked = {n for n in names if isinstance(n, str)} if _is_list(names) else set()
        rules = self.env["crm.survivorship.rule"]._get_rules(
            self.sudo().company_id.id or 0
        )
        together = [n for r in rules if asked.intersection(r.fields) for n in r.fields]
        if not together:
            raise UserError(
                self.env._("No survivorship rule decides about this field.")
            )
        return together

    def _tell_values(self, records):
        golden = self.env["crm.golden"]
        rows = {row.field: row for row in golden.search([("partner_id", "=", self.id)])}
        said = [(record, record._get_said()) for record in records]
        told = []
        rules = self.env["crm.survivorship.rule"]
        for rule in rules._get_rules(self.sudo().company_id.id or 0):
            names = [
                n
                for n in rule.fields
                if self._has_field_access(self._fields[n], "read")
            ]
            if names and any(
                is_filled(values.get(name)) for _r, values in said for name in names
            ):
                told.append(self._tell_value(rule, names, said, rows))
        return told

    def _tell_value(self, rule, names, said, rows):
        golden = self.env["crm.golden"]
        current = {name: golden._read_value(self, name) for name in names}
        row = next((rows[name] for name in names if name in rows), golden)
        alternatives = {}
        for record, values in said:
            if not any(is_filled(values.get(name)) for name in names):
                continue
            text = golden._show_together(names, values)
            found = alternatives.setdefault(
                " ".join(text.split()).casefold(),
                {"record_id": record.id, "value": text, "says": [], "believed": False},
            )
            found["says"].append(record._tell_source())
            found["believed"] |= all(
                golden._is_same(name, current[name], values[name])
                for name in names
                if name in values
            )
        for told in alternatives.values():
            told["says"].sort(key=lambda who: (who["proposes"], -who["trust"]))
        believed = next((a for a in alternatives.values() if a["believed"]), None)
        return {
            "names": list(names),
            "label": self._get_group_label(rule),
            "value": golden._show_together(names, current),
            "pinned": any(rows[n].pinned for n in names if n in rows),
            "origin": self._tell_origin(row, believed),
            "alternatives": sorted(
                (a for a in alternatives.values() if not a["believed"]),
                key=lambda a: (a["says"][0]["proposes"], -a["says"][0]["trust"]),
            ),
        }

    def _tell_origin(self, row, believed):
        """Where the value comes from: the decision kept, else who says the same."""
        if row:
            rules = dict(row._fields["rule"]._description_selection(self.env))
            return {
                # another company's source is not named
                "source": row.source_id._filtered_access("read").display_name or "",
                "because": rules.get(row.rule, row.rule),
                "at": fields.Datetime.to_string(row.observed_at) or "",
                "by": row.decided_by_id.sudo().name or "",
                "partner": row.origin_partner_id.sudo().display_name
                if row.origin_partner_id != self
                else "",
            }
        if believed:
            first = believed["says"][0]
            because = self.env._("Only Source")
            if len(believed["says"]) > 1:
                because = self.env._("All Sources Agree")
            return {**first, "because": because, "by": "", "partner": ""}
        because = self.env._("Not from a source")
        return {"source": "", "because": because, "at": "", "by": "", "partner": ""}

    def _get_group_label(self, rule):
        if len(rule.fields) == 1:
            return self._fields[rule.fields[0]]._description_string(self.env)
        found = (
            self.env["crm.survivorship.rule"]
            .sudo()
            .search(
                [("field_ids.name", "in", rule.fields[:1]), ("active", "=", True)],
                limit=1,
            )
        )
        return found.name or ", ".join(
            self._fields[n]._description_string(self.env) for n in rule.fields
        )

    def _tell_merged(self):
        """Records that were united into this one, the latest first."""
        if "merged_into_id" not in self._fields:
            return []
        merged = self.with_context(active_test=False).search(
            [("merged_into_id", "=", self.id)], order="write_date DESC", limit=_RECORDS
        )
        return [
            {
                "id": partner.id,
                "name": partner.display_name,
                "created": fields.Datetime.to_string(partner.create_date),
            }
            for partner in merged
        ]


def _is_list(names):
    return isinstance(names, (list, tuple)) and len(names) <= 100


def _to_id(env, value):
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
        raise UserError(env._("Expected the id of a source record."))
    return value
