"""Attributes of any number of customers are stored in a few statements."""

from datetime import UTC, datetime

from odoo import api, models
from odoo.tools import SQL

from ...intake.attribute_values import COLUMNS, REFERRING, SEVERAL
from ...loading.staging import Staging

_INCOMING = "crm_attribute_incoming"
_MENTIONED = "crm_attribute_mentioned"
_TYPES = {
    "value_text": "text",
    "value_number": "float8",
    "value_date": "date",
    "value_flag": "boolean",
    "choice_id": "int",
    "product_id": "int",
    "category_id": "int",
}
_SAME = SQL(
    "(v.value_text, v.value_number, v.value_date, v.value_flag, v.slot) "
    "IS NOT DISTINCT FROM "
    "(n.value_text, n.value_number, n.value_date, n.value_flag, n.slot) "
    "AND (n.slot > 0 OR v.choice_id IS NOT DISTINCT FROM n.choice_id)"
)

_CONFIRM = """
    UPDATE crm_attribute_value v
       SET confirmed_at = %(at)s, certainty =
           CASE WHEN %(by_hand)s THEN %(certainty)s
                ELSE greatest(v.certainty, %(certainty)s) END
      FROM crm_attribute_incoming n
     WHERE v.partner_id = n.partner_id AND v.attribute_id = n.attribute_id
       AND v.valid_to IS NULL AND %(same)s
 RETURNING v.partner_id, v.attribute_id
"""
# What a person says ends all that differs. A source ends what it said itself and, of
# a single value, what was no surer.
_END = """
    UPDATE crm_attribute_value v SET valid_to = %(at)s, ended_by_id = %(user)s
      FROM crm_attribute_mentioned m
     WHERE v.partner_id = m.partner_id AND v.attribute_id = m.attribute_id
       AND v.valid_to IS NULL
       AND NOT EXISTS (SELECT FROM crm_attribute_incoming n
                        WHERE n.partner_id = v.partner_id
                          AND n.attribute_id = v.attribute_id AND %(same)s)
       AND (%(by_hand)s OR v.source_id = %(source)s
            OR (m.single AND m.filled AND v.certainty <= %(certainty)s))
 RETURNING v.partner_id, v.attribute_id
"""
# A single value that still holds was believed more: the new one is kept beside it
_INSERT = """
    INSERT INTO crm_attribute_value
        (partner_id, attribute_id, slot, value_text, value_number, value_date,
         value_flag, choice_id, product_id, category_id,
         valid_from, valid_to, confirmed_at, outvoted, source_id, certainty, user_id)
    SELECT n.partner_id, n.attribute_id, n.slot, n.value_text, n.value_number,
           n.value_date, n.value_flag, n.choice_id, n.product_id, n.category_id,
           %(at)s, CASE WHEN held.id IS NOT NULL THEN %(at)s END, %(at)s,
           held.id IS NOT NULL, %(source)s, %(certainty)s, %(user)s
      FROM crm_attribute_incoming n
 LEFT JOIN crm_attribute_value held
        ON held.partner_id = n.partner_id AND held.attribute_id = n.attribute_id
       AND held.slot = n.slot AND held.valid_to IS NULL
     WHERE NOT EXISTS (SELECT FROM crm_attribute_value v
                        WHERE v.partner_id = n.partner_id
                          AND v.attribute_id = n.attribute_id
                          AND v.slot = n.slot AND %(same)s
                          AND (v.valid_to IS NULL
                               OR (v.outvoted AND v.source_id = %(source)s)))
 RETURNING partner_id, attribute_id
"""


class CrmAttributeValue(models.Model):
    _inherit = "crm.attribute.value"

    @api.model
    def _store(self, rows, source=None, certainty=None):
        """What customers' attributes are from now on. The caller checked access.

        Values equal to the current ones are confirmed, nothing else of them changes.

        :param rows: of (partner id, crm.attribute, [typed values as the attribute's
            `_read_raw` gives them]); no values: the attribute is not known any more
        :param source: the crm.source that says so; none: a person, whom we believe
        :param certainty: 0-100; none takes the trust in the source, 100 for a person
        :return: the moment of the change, naive UTC with microseconds
        """
        at = datetime.now(UTC).replace(tzinfo=None)
        rows = list(rows)
        if not rows:
            return at
        if certainty is None:
            certainty = min(max(source.trust, 0), 100) if source else 100
        self.env.flush_all()
        self._stage(rows)
        values = {
            "at": at,
            "same": _SAME,
            "source": source.id if source else None,
            "by_hand": not source,
            "certainty": certainty,
            "user": self.env.uid,
        }
        for statement in (_CONFIRM, _END, _INSERT):
            self.env.cr.execute(SQL(statement, **values))
        self.invalidate_model(flush=False)
        self.env["res.partner"].invalidate_model(
            ["attribute_value_ids", "profile", "profile_choice_ids"], flush=False
        )
        self._after_store({row[0] for row in rows})
        return at

    @api.model
    def _after_store(self, partner_ids):
        """Override to follow changes of customers' attributes.

        :param set partner_ids: ids of the customers that were told of
        """

    @api.model
    def _stage(self, rows):
        cr = self.env.cr
        kinds = {"partner_id": "int", "attribute_id": "int"}
        incoming = Staging(cr, _INCOMING, {**kinds, "slot": "int", **_TYPES})
        mentioned = Staging(
            cr, _MENTIONED, {**kinds, "single": "boolean", "filled": "boolean"}
        )
        columns = list(_TYPES)
        for partner_id, attribute, values in rows:
            kind = attribute.kind
            column = columns.index(COLUMNS[kind])
            single = kind not in SEVERAL
            mentioned.add(partner_id, attribute.id, single, bool(values))
            for value in values:
                cells = [None] * len(columns)
                cells[column] = value
                slot = 0 if kind not in REFERRING or single else value
                incoming.add(partner_id, attribute.id, slot, *cells)
        incoming.close()
        mentioned.close()
