import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...exchange import call as calls
from .unchecked_link import UncheckedLink

STATES = [
    ("rejected", "To Mend"),
    ("deferred", "Waits for Another Record"),
    ("settled", "Settled"),
    ("superseded", "Replaced by a Later Row"),
    ("dismissed", "Dismissed"),
]
OPEN = ("rejected", "deferred")
WAIT_DAYS = 30  # then a deferred row is given to a person
OPEN_DAYS, CLOSED_DAYS = 90, 14  # then the row is deleted: it holds personal data
PART = 500


class ExchangeRow(models.Model):
    """A row of a push that could not be carried out yet: to mend, or waiting.

    A rejected row waits for a person, who mends it and runs it again. A deferred row
    refers to a record that nobody has sent yet, and is carried out by itself when that
    arrives. A later row for the same record takes away from both what it says anew, so
    that running them late never brings back old values.
    """

    _name = "crm.exchange.row"
    _inherit = "crm.kept.mixin"
    _description = "Row of the Exchange"
    _order = "id desc"
    _rec_name = "key"

    client_id = UncheckedLink(
        "crm.exchange.client", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one(
        "res.company", related="client_id.company_id", store=True, readonly=True
    )
    state = fields.Selection(STATES, required=True, readonly=True, index=True)
    batch = fields.Char(
        string="Push", readonly=True, help="The push or bulk job it came with"
    )
    row_ref = fields.Char(string="Row", readonly=True, help="The id the client gave it")
    op = fields.Selection(
        lambda self: self.env["crm.exchange"]._label_operations(),
        string="Operation",
        readonly=True,
    )
    entity = fields.Selection(
        lambda self: self.env["crm.exchange"]._label_entities(),
        required=True,
        readonly=True,
        help="Kind of record",
    )
    key = fields.Char(required=True, readonly=True, help="Which record is meant")
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", string="Record", readonly=True, index="btree_not_null"
    )
    policy = fields.Char(readonly=True, help="What was to happen on a conflict")
    credential_ref = fields.Integer(string="API Key", readonly=True, aggregator=None)
    payload = fields.Json(readonly=True)
    payload_text = fields.Text(
        string="Row as Sent",
        compute="_compute_payload_text",
        inverse="_inverse_payload_text",
        help="Mend it here, then press Run Again.",
    )
    errors = fields.Json(readonly=True)
    error_text = fields.Text(string="What Is Wrong", compute="_compute_error_text")
    wait_ids = fields.One2many("crm.exchange.row.wait", "row_id", readonly=True)
    wait_text = fields.Char(string="Waits For", compute="_compute_wait_text")
    received_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    settled_at = fields.Datetime(readonly=True)
    user_id = fields.Many2one("res.users", string="Settled By", readonly=True)
    tries = fields.Integer(readonly=True, help="How often it was run again")

    _open_idx = models.Index(
        "(client_id, entity, key) WHERE state IN ('rejected', 'deferred')"
    )

    @api.model
    def _get_kept_names(self, operation):
        return super()._get_kept_names(operation) - {"payload_text"}

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "A row is as the partner sent it: %(fields)s cannot be entered. Mend the "
            "row's text instead.",
            fields=labels,
        )

    @api.depends("payload")
    def _compute_payload_text(self):
        for row in self:
            row.payload_text = json.dumps(
                row.payload or {}, indent=2, ensure_ascii=False, sort_keys=True
            )

    def _inverse_payload_text(self):
        self.check_access("write")
        for row in self:
            if row.state not in OPEN:
                raise UserError(self.env._("This row is done. It cannot be mended."))
            try:
                payload = json.loads(row.payload_text or "")
            except (ValueError, RecursionError) as error:
                raise ValidationError(
                    self.env._(
                        "Row %(key)s is no JSON: %(why)s", key=row.key, why=error
                    )
                ) from error
            if not isinstance(payload, dict):
                raise ValidationError(
                    self.env._("Row %(key)s must be one JSON object.", key=row.key)
                )
            row.sudo().payload = payload

    @api.depends("errors")
    def _compute_error_text(self):
        for row in self:
            lines = []
            for error in row.errors or []:
                _rows, _dot, path = (error.get("path") or "").partition(".")
                text = f"{path}: {error['message']}" if path else error["message"]
                if error.get("expected"):
                    text = self.env._(
                        "%(what)s Expected: %(expected)s.",
                        what=text,
                        expected=error["expected"],
                    )
                lines.append(text)
            row.error_text = "\n".join(lines) or False

    @api.depends("wait_ids")
    def _compute_wait_text(self):
        labels = dict(self.env["crm.exchange"]._label_entities())
        for row in self:
            row.wait_text = ", ".join(
                f"{labels.get(wait.entity, wait.entity)} {wait.key}"
                for wait in row.wait_ids
            )

    @api.depends("entity", "key")
    def _compute_display_name(self):
        labels = dict(self.env["crm.exchange"]._label_entities())
        for row in self:
            label = labels.get(row.entity, row.entity)
            row.display_name = f"{label} {row.key}"

    # ------------------------------------------------------------------ buttons

    def action_run_again(self):
        """Carry the rows out as they are now, with the rights of their client."""
        self.check_access("write")
        self._check_open()
        self.sudo()._run_again()
        left = self.filtered(lambda row: row.state in OPEN)
        if left and len(self) > 1:
            return self._tell_left(len(self) - len(left), len(left))
        return True

    def action_dismiss(self):
        """Leave the rows aside for good; the partner is not told."""
        self.check_access("write")
        self._check_open()
        self.sudo()._close("dismissed")
        return True

    def action_open_record(self):
        self.ensure_one()
        if not self.res_id or self.res_model not in self.env:
            raise UserError(self.env._("There is no record of it yet."))
        return self.env[self.res_model].browse(self.res_id)._get_records_action()

    def _check_open(self):
        if any(row.state not in OPEN for row in self):
            raise UserError(self.env._("Some of these rows are done already."))

    def _tell_left(self, done, left):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": self.env._(
                    "%(done)s rows are settled. %(left)s still cannot be carried out.",
                    done=done,
                    left=left,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ------------------------------------------------------------------ again

    def _run_again(self):
        """Carry the rows out, those of a client together and in the order they came.

        Each stays within the scope of the key it came with, whoever runs it again.
        """
        exchange = self.env["crm.exchange"]
        keys = self.sorted("id").grouped(lambda r: (r.client_id, r.credential_ref))
        for (client, key), rows in keys.items():
            for start in range(0, len(rows), PART):
                part = rows[start : start + PART]
                payloads = [
                    {**(row.payload or {}), "row_id": str(row.id)} for row in part
                ]
                policy = part[0].policy
                with calls.acting(key or calls.WHOLE):
                    done = exchange._push(
                        client, payloads, "each", policy, keep="again"
                    )
                part._take_results(done["rows"])

    def _take_results(self, results):
        """What became of the rows; those in conflict wait under Conflicts now."""
        settled = self.browse()
        for row, result in zip(self, results, strict=True):
            state = result["status"] if result["status"] in OPEN else "settled"
            vals = {"tries": row.tries + 1, "state": state}
            vals["errors"] = result.get("errors") or False
            if result.get("id") and row.entity in (
                entities := self.env["crm.exchange"]._entities()
            ):
                vals |= {
                    "res_id": result["id"],
                    "res_model": entities[row.entity].model,
                }
            row.write(vals)
            row.wait_ids.unlink()
            if state == "deferred":
                row._wait_for(result.get("waits_for", ()))
            elif state == "settled":
                settled |= row
        settled._close("settled")

    def _close(self, state):
        self.write(
            {
                "state": state,
                "settled_at": fields.Datetime.now(),
                "user_id": False if self.env.context.get("by_itself") else self.env.uid,
            }
        )
        self.wait_ids.unlink()

    def _wait_for(self, places):
        self.env["crm.exchange.row.wait"].create(
            [
                {"row_id": self.id, "entity": place["entity"], "key": place["id"]}
                for place in places
            ]
        )

    # ------------------------------------------------------------------ by itself

    @api.model
    def _settle(self, client, places):
        """Carry out what waited for these records, and what waited for that in turn.

        :param places: (entity name, the client's key) of records that are there now
        """
        places, rounds = set(places), 0
        while places and rounds < 16:
            rounds += 1
            rows = self._find_waiting(client, places)
            rows.with_context(by_itself=True)._run_again()
            places = {(row.entity, row.key) for row in rows if row.state == "settled"}

    @api.model
    def _find_waiting(self, client, places):
        if not places:
            return self.browse()
        self.env["crm.exchange.row.wait"].flush_model()
        self.flush_model(["client_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT r.id FROM crm_exchange_row_wait w
                     JOIN unnest(%s::text[], %s::text[]) AS p (entity, key)
                       ON p.entity = w.entity AND p.key = w.key
                     JOIN crm_exchange_row r ON r.id = w.row_id
                    WHERE r.client_id = %s AND r.state = 'deferred'
                    ORDER BY r.id LIMIT 5000""",
                [entity for entity, _key in places],
                [str(key) for _entity, key in places],
                client.id,
            )
        )
        return self.browse([row_id for (row_id,) in rows])

    @api.model
    def _cron_settle(self):
        """Records may arrive by other ways than a push: look for those waited for."""
        exchange = self.env["crm.exchange"]
        waits = self.env["crm.exchange.row.wait"].sudo()
        for client, entity in waits._get_waiting_kinds():
            keys = waits._get_keys(client, entity)
            found = exchange._resolve(client, entity, keys)
            self.sudo()._settle(client, {(entity, key) for key in found})

    # ------------------------------------------------------------------ retention

    @api.autovacuum
    def _gc_rows(self):
        """Hand over what waited too long; delete what was closed or left for long."""
        now = fields.Datetime.now()
        late = self.sudo().search(
            [
                ("state", "=", "deferred"),
                ("received_at", "<", now - timedelta(days=WAIT_DAYS)),
            ],
            limit=1000,
        )
        error = {
            "code": "reference_missing",
            "path": "",
            "message": self.env._("What it refers to never came."),
        }
        late.write({"state": "rejected", "errors": [error]})
        late.wait_ids.unlink()
        old = self.sudo().search(
            [
                "|",
                "&",
                ("state", "not in", OPEN),
                ("settled_at", "<", now - timedelta(days=CLOSED_DAYS)),
                ("received_at", "<", now - timedelta(days=OPEN_DAYS)),
            ],
            limit=10000,
        )
        old.unlink()
        return len(late) + len(old), int(len(late) == 1000 or len(old) == 10000)
