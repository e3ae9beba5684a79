from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...intake.attribute_values import REFERRING, SEVERAL

UNDO_MINUTES = 60


class ResPartner(models.Model):
    """The page Profile: read as one structure, each value stored as it is entered."""

    _inherit = "res.partner"

    def get_profile(self):
        """The customer's profile as the page shows it.

        :return: {"editable": bool, "groups": [{"name", "attributes": [{"id", "code",
            "name", "kind", "unit", "help", "choices": [{"id", "name", "color"}],
            "values": [{"id", "value", "shown", "since", "confirmed", "source",
            "certainty", "author"}], "former": number of rows of history}]}]}
        """
        self.ensure_one()
        self._check_profile_access("read")
        attributes = self.env["crm.attribute"]._get_for(self)
        current = self.attribute_value_ids.grouped("attribute_id")
        former = dict(
            self.env["crm.attribute.value"]._read_group(
                [("partner_id", "=", self.id), ("valid_to", "!=", False)],
                ["attribute_id"],
                ["__count"],
            )
        )
        groups = []
        for group, members in attributes.grouped("group_id").items():
            described = [
                {
                    **one._describe(),
                    "values": [row._describe() for row in current.get(one, [])],
                    "former": former.get(one, 0),
                }
                for one in members
            ]
            groups.append({"id": group.id, "name": group.name, "attributes": described})
        return {"editable": self.has_access("write"), "groups": groups}

    def get_profile_history(self, attribute_id):
        """All values of one attribute, the newest first.

        :return: as "values" of `get_profile`, with "until" and "outvoted"
        """
        self.ensure_one()
        self._check_profile_access("read")
        rows = self.env["crm.attribute.value"].search(
            [
                ("partner_id", "=", self.id),
                ("attribute_id", "=", self._get_attribute(attribute_id).id),
            ],
            order="valid_from desc, id desc",
            limit=200,
        )
        return [row._describe() for row in rows]

    def set_profile_value(self, attribute_id, value, certainty=100, source_id=False):
        """Enter what an attribute says from now on; empty: it is not known any more.

        :param value: text, number, date as YYYY-MM-DD, true or false, the id of a
            choice, or a list of ids of choices, products or product categories
        :param certainty: 0-100
        :param source_id: the crm.source where the person knows it from
        :return: {"attribute": values as in `get_profile`, "undo": token}
        :raises UserError: the value does not fit the attribute
        """
        self.ensure_one()
        self._check_profile_access("write")
        attribute = self._get_attribute(attribute_id)
        if attribute not in attribute._get_for(self):
            raise UserError(
                self.env._(
                    "%(name)s is not asked of this customer.", name=attribute.name
                )
            )
        if isinstance(certainty, bool) or certainty not in range(101):
            raise UserError(self.env._("Certainty is a whole number from 0 to 100."))
        values = attribute._read_raw(value)
        store = self.env["crm.attribute.value"].sudo()  # the customer may be written
        at = store._store([(self.id, attribute, values)], certainty=int(certainty))
        if source_id:
            self._name_source(attribute, at, source_id)
        rows = self.attribute_value_ids.filtered(lambda r: r.attribute_id == attribute)
        return {"values": [row._describe() for row in rows], "undo": at.isoformat()}

    def undo_profile_value(self, attribute_id, undo):
        """Take back a change of one's own, made within the hour.

        :param str undo: the token that `set_profile_value` returned
        :raises UserError: the change is not there, or too old, or another's
        """
        self.ensure_one()
        self._check_profile_access("write")
        attribute = self._get_attribute(attribute_id)
        at = self._read_undo(undo)
        mine = {"partner": self.id, "attribute": attribute.id, "at": at}
        self.env.cr.execute(
            SQL(
                "SELECT count(*) FILTER (WHERE valid_from = %(at)s AND user_id = "
                "%(user)s), count(*) FILTER (WHERE valid_from > %(at)s), count(*) "
                "FILTER (WHERE valid_to = %(at)s AND ended_by_id = %(user)s) "
                "FROM crm_attribute_value WHERE partner_id = %(partner)s "
                "AND attribute_id = %(attribute)s",
                **mine,
                user=self.env.uid,
            )
        )
        [(new, later, ended)] = self.env.cr.fetchall()
        if later or not (new or ended):
            raise UserError(
                self.env._("There is nothing to undo: the value was changed again.")
            )
        self.env.cr.execute(
            SQL(
                "DELETE FROM crm_attribute_value WHERE partner_id = %(partner)s AND "
                "attribute_id = %(attribute)s AND valid_from = %(at)s",
                **mine,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE crm_attribute_value SET valid_to = NULL, ended_by_id = NULL "
                "WHERE partner_id = %(partner)s AND attribute_id = %(attribute)s "
                "AND valid_to = %(at)s AND NOT outvoted",
                **mine,
            )
        )
        self.env.invalidate_all(flush=False)
        self.env["crm.attribute.value"].sudo()._after_store({self.id})
        return [
            row._describe()
            for row in self.attribute_value_ids
            if row.attribute_id == attribute
        ]

    # ------------------------------------------------------------------ private

    def _read_undo(self, undo):
        try:
            at = datetime.fromisoformat(undo)
        except (TypeError, ValueError):
            at = datetime.min
        oldest = fields.Datetime.now() - timedelta(minutes=UNDO_MINUTES)
        if at.tzinfo or at < oldest:
            raise UserError(
                self.env._(
                    "Only changes of the last hour are undone. Enter the value again."
                )
            )
        return at

    def _check_profile_access(self, operation):
        self.check_access(operation)
        self._check_field_access(self._fields["attribute_value_ids"], "read")

    def _get_attribute(self, attribute_id):
        """:raises UserError: nobody knows this attribute, or not this user"""
        known = self.env["crm.attribute"]
        if isinstance(attribute_id, int) and 0 < attribute_id < 2**31:
            known = known.search([("id", "=", attribute_id)])
        if not known:
            raise UserError(
                self.env._("The attribute is not there any more. Reload the page.")
            )
        return known

    def _name_source(self, attribute, at, source_id):
        sources = self.env["crm.source"]
        if isinstance(source_id, int) and 0 < source_id < 2**31:
            sources = sources.search([("id", "=", source_id)])
        if not sources:
            raise UserError(self.env._("The source is not there. Choose another one."))
        self.env.cr.execute(
            SQL(
                "UPDATE crm_attribute_value SET source_id = %s WHERE partner_id = %s "
                "AND attribute_id = %s AND valid_from = %s",
                sources.id,
                self.id,
                attribute.id,
                at,
            )
        )
        self.env["crm.attribute.value"].invalidate_model(flush=False)


class CrmAttribute(models.Model):
    _inherit = "crm.attribute"

    def _describe(self):
        """The attribute for the page; without values."""
        self.ensure_one()
        return {
            "id": self.id,
            "code": self.code,
            "name": self.name,
            "kind": self.kind,
            "several": self.kind in SEVERAL,
            "unit": self.unit or "",
            "help": self.description or "",
            "choices": [
                {"id": choice.id, "name": choice.name, "color": choice.color}
                for choice in self.choice_ids
            ],
        }


class CrmAttributeValue(models.Model):
    _inherit = "crm.attribute.value"

    def _describe(self):
        """The value for the page, in its own type and in words."""
        self.ensure_one()
        kind = self.kind
        if kind in REFERRING:
            value = (self.choice_id or self.product_id or self.category_id).id
        else:
            value = self[f"value_{kind}"]
        if kind == "date":
            value = fields.Date.to_string(value)
        return {
            "id": self.id,
            "value": value,
            "shown": self.shown,
            "since": self._tell_day(self.valid_from),
            "until": self._tell_day(self.valid_to),
            "confirmed": self._tell_day(self.confirmed_at),
            # sudo: the source's name only, it may belong to another company
            "source": self.source_id.sudo().name or "",
            "certainty": self.certainty,
            "author": self.user_id.sudo().name or "",
            "outvoted": self.outvoted,
        }

    @api.model
    def _tell_day(self, moment):
        if not moment:
            return ""
        day = fields.Datetime.context_timestamp(self, moment).date()
        return fields.Date.to_string(day)
