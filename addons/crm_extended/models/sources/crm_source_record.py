import json

from odoo import api, fields, models
from odoo.tools import SQL

from ...loading.customer_fields import to_fields, to_targets


class SourceRecord(models.Model):
    """One customer as one source knows it: its own key there, and the row as received.

    Customers are found again by (source, key), never by name. The hash of the payload
    tells in one comparison whether the source sends anything new.
    """

    _name = "crm.source.record"
    _description = "Source Record"
    _order = "received_at desc, id desc"
    _rec_name = "key"

    source_id = fields.Many2one(
        "crm.source", required=True, readonly=True, ondelete="cascade"
    )
    key = fields.Char(
        required=True, readonly=True, help="The customer's key at the source"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="cascade"
    )
    payload = fields.Json(readonly=True, help="The row as received")
    payload_text = fields.Text(string="As Received", compute="_compute_payload_text")
    accepted = fields.Json(
        readonly=True,
        help="What was made of the row. A later row changes only what differs from it.",
    )
    observed = fields.Json(
        readonly=True,
        help="When the source said each value first, where that was before the latest "
        "row. What a source repeats is not news.",
    )
    payload_hash = fields.Char(readonly=True, help="Tells whether anything is new")
    received_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    received_by = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )

    _key_uniq = models.Constraint(
        "UNIQUE (source_id, key)", "This source already has a record with this key."
    )

    @api.depends("payload")
    def _compute_payload_text(self):
        for record in self:
            payload = record.payload if isinstance(record.payload, dict) else {}
            record.payload_text = "\n".join(f"{k}: {v}" for k, v in payload.items())

    @api.model
    def _say_by_hand(self, said, stamps, overwrite=True):
        """Keep what people entered here as records of the source for it.

        One record for each customer, under the customer's id as key. Without a source
        of the kind manual nothing is kept.

        :param said: partner id -> {field: value}
        :param stamps: partner id -> when it was entered
        :param overwrite: whether it replaces what was entered before
        :return: partner id -> (source id, record id)
        """
        source = self.env["crm.source"].sudo()._get_manual()
        if not said or not source:
            return {}
        golden = self.env["crm.golden"]
        accepted, payload, observed = [], [], []
        for partner_id, values in said.items():
            targets = to_targets(values)
            shown = dict(zip(values, golden._show_values(values.items()), strict=True))
            stamp = stamps[partner_id].isoformat(" ", "seconds")
            accepted.append(json.dumps(targets))
            payload.append(json.dumps(to_targets(shown)))
            observed.append(json.dumps(dict.fromkeys(targets, stamp)))
        self.flush_model()
        first, second = ("r", "EXCLUDED") if overwrite else ("EXCLUDED", "r")
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_source_record AS r
                    (source_id, key, partner_id, payload, accepted, observed,
                     payload_hash, received_at, received_by,
                     create_uid, create_date, write_uid, write_date)
                SELECT %(source)s, v.partner::text, v.partner, v.payload, v.accepted,
                       v.observed, md5(v.accepted::text), v.stamp, %(user)s,
                       %(user)s, %(now)s, %(user)s, %(now)s
                FROM unnest(%(ids)s::int[], %(payload)s::jsonb[], %(accepted)s::jsonb[],
                            %(observed)s::jsonb[], %(stamps)s::timestamp[])
                     AS v(partner, payload, accepted, observed, stamp)
                ON CONFLICT (source_id, key) DO UPDATE SET
                    payload = %(first)s.payload || %(second)s.payload,
                    accepted = %(first)s.accepted || %(second)s.accepted,
                    observed = COALESCE(%(first)s.observed, '{}')
                        || COALESCE(%(second)s.observed, '{}'),
                    payload_hash = md5(
                        (%(first)s.accepted || %(second)s.accepted)::text),
                    partner_id = COALESCE(r.partner_id, EXCLUDED.partner_id),
                    received_at = GREATEST(r.received_at, EXCLUDED.received_at),
                    received_by = EXCLUDED.received_by,
                    write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
                RETURNING r.key, r.id
                """,
                source=source.id,
                user=self.env.uid,
                now=self.env.cr.now(),
                ids=list(said),
                payload=payload,
                accepted=accepted,
                observed=observed,
                stamps=[stamps[id_] for id_ in said],
                first=SQL(first),
                second=SQL(second),
            )
        )
        self.invalidate_model()
        return {int(key): (source.id, id_) for key, id_ in rows}

    # ------------------------------------------------------------------ to be shown

    def _get_said(self):
        """What the record says, by field of the customer."""
        self.ensure_one()
        return to_fields(self.accepted if isinstance(self.accepted, dict) else {})

    def _tell(self):
        """The record for the page Sources of its customer."""
        payload = self.payload if isinstance(self.payload, dict) else {}
        return {
            **self._tell_source(),
            "id": self.id,
            "key": self.key,
            "by": self.received_by.sudo().name or "",
            "hash": (self.payload_hash or "")[:12],
            "payload": [
                [str(k), "" if v is None else str(v)] for k, v in payload.items()
            ],
        }

    def _tell_source(self):
        return {
            "source": self.source_id.display_name,
            "trust": self.source_id.trust,
            "proposes": self.source_id.proposes,
            "at": fields.Datetime.to_string(self.received_at) or "",
        }
