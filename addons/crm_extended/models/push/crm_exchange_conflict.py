from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...exchange import values
from .unchecked_link import UncheckedLink

STATES = [
    ("open", "To Settle"),
    ("settled", "Settled"),
    ("superseded", "Replaced by a Later Row"),
]
CHOICES = [("mine", "The Partner's"), ("theirs", "Ours")]
CLOSED_DAYS = 14
WHOLE = "base_rev"  # the line of a conflict about the record as a whole


class ExchangeConflict(models.Model):
    """A record that a partner and we changed both, until a person settles it.

    Nothing of the partner's row is carried out meanwhile. Settling writes the values
    chosen, with those nobody contests, and remembers what the partner had said, so that
    it can send the same again without a new conflict.
    """

    _name = "crm.exchange.conflict"
    _inherit = "crm.kept.mixin"
    _description = "Conflict of the Exchange"
    _order = "id desc"
    _rec_name = "key"

    client_id = UncheckedLink(
        "crm.exchange.client", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one(
        "res.company", related="client_id.company_id", store=True, readonly=True
    )
    state = fields.Selection(
        STATES, required=True, readonly=True, default="open", index=True
    )
    entity = fields.Selection(
        lambda self: self.env["crm.exchange"]._label_entities(),
        required=True,
        readonly=True,
        help="Kind of record",
    )
    key = fields.Char(required=True, readonly=True, help="Its key at the partner's")
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model",
        string="Record",
        required=True,
        readonly=True,
        index=True,
    )
    record_name = fields.Char(string="Name", compute="_compute_record_name")
    op = fields.Selection(
        lambda self: self.env["crm.exchange"]._label_operations(),
        string="Operation",
        readonly=True,
    )
    batch = fields.Char(
        string="Push", readonly=True, help="The push or bulk job it came with"
    )
    payload = fields.Json(readonly=True)
    line_ids = fields.One2many("crm.exchange.conflict.line", "conflict_id")
    field_text = fields.Char(string="Contested", compute="_compute_field_text")
    received_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    settled_at = fields.Datetime(readonly=True)
    user_id = fields.Many2one("res.users", string="Settled By", readonly=True)
    outcome = fields.Char(readonly=True, help="What became of it")

    _open_uniq = models.UniqueIndex(
        "(client_id, entity, res_id) WHERE state = 'open'",
        "There is an open conflict of this client about this record.",
    )

    @api.model
    def _get_kept_names(self, operation):
        return super()._get_kept_names(operation) - {"line_ids"}

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "A conflict is recorded by the exchange: %(fields)s cannot be entered. "
            "Choose for each field, then press Apply.",
            fields=labels,
        )

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for model, conflicts in self.grouped("res_model").items():
            found = self.env[model].browse() if model in self.env else None
            if found is not None:
                ids = [conflict.res_id for conflict in conflicts]
                found = found.with_context(active_test=False)
                found = found.search([("id", "in", ids)])
            names = {record.id: record.display_name for record in found or ()}
            for conflict in conflicts:
                conflict.record_name = names.get(conflict.res_id) or conflict.key

    @api.depends("line_ids")
    def _compute_field_text(self):
        for conflict in self:
            conflict.field_text = ", ".join(conflict.line_ids.mapped("label"))

    @api.depends("entity", "key")
    def _compute_display_name(self):
        labels = dict(self.env["crm.exchange"]._label_entities())
        for conflict in self:
            label = labels.get(conflict.entity, conflict.entity)
            conflict.display_name = f"{label} {conflict.key}"

    # ------------------------------------------------------------------ recording

    @api.model
    def _record(self, client, rows):
        """Keep the conflicts of these rows; an older one of the record is replaced."""
        rows = list({row.res_id: row for row in rows}.values())
        if not rows:
            return
        self._replace(client, rows)
        conflicts = self.create(
            [
                {
                    "client_id": client.id,
                    "entity": row.entity.name,
                    "key": str(row.key),
                    "res_model": row.entity.model,
                    "res_id": row.res_id,
                    "op": row.op,
                    "batch": self.env.context.get("exchange_batch", ""),
                    "payload": dict(row.raw),
                }
                for row in rows
            ]
        )
        self.env["crm.exchange.conflict.line"].create(
            [
                {
                    "conflict_id": conflict.id,
                    "name": name,
                    "base": sides.get("base"),
                    "mine": sides.get("mine"),
                    "theirs": sides.get("theirs"),
                    "theirs_source": sides.get("theirs_source"),
                    "theirs_at": sides.get("theirs_at")
                    and values.moment(sides["theirs_at"], name),
                }
                for conflict, row in zip(conflicts, rows, strict=True)
                for name, sides in row.conflict.items()
            ]
        )

    @api.model
    def _outdate(self, client, rows):
        """A later row that went settles what an earlier one had contested."""
        went = [row for row in rows if row.res_id and row.status in _WENT]
        self._replace(client, went)

    @api.model
    def _replace(self, client, rows):
        if not rows:
            return
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE crm_exchange_conflict c
                      SET state = 'superseded', settled_at = %s
                     FROM unnest(%s::text[], %s::int[]) AS v (entity, res_id)
                    WHERE c.client_id = %s AND c.state = 'open'
                      AND c.entity = v.entity AND c.res_id = v.res_id""",
                fields.Datetime.now(),
                [row.entity.name for row in rows],
                [row.res_id for row in rows],
                client.id,
            )
        )
        if self.env.cr.rowcount:
            self.invalidate_model()

    # ------------------------------------------------------------------ settling

    def action_take_partner(self):
        """Settle with the partner's values."""
        self.check_access("write")
        self.line_ids.choice = "mine"
        return self.action_apply()

    def action_keep_ours(self):
        """Settle with what stands here."""
        self.check_access("write")
        self.line_ids.choice = "theirs"
        return self.action_apply()

    def action_apply(self):
        """Write the values chosen. What a person chose stays, whatever sources say.

        :raises UserError: a field without a choice, or a value that is refused
        """
        self.check_access("write")
        for conflict in self:
            conflict._check_choices()
        for conflict in self:  # few, each a person's decision
            conflict.sudo()._settle()
        return True

    def action_open_record(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id)._get_records_action()

    def action_apply_next(self):
        """Settle this conflict and open the next."""
        self.action_apply()
        return self.action_next()

    def action_next(self):
        """Open the next conflict to settle, or the empty list when there is none."""
        domain = [("state", "=", "open"), ("id", "not in", self.ids)]
        rest = self.search(domain, order="id", limit=1)
        if not rest:
            return self.env["ir.actions.act_window"]._for_xml_id(
                "crm_extended.action_exchange_conflict"
            )
        return rest._get_records_action(name=self.env._("Conflict"))

    def _check_choices(self):
        if self.state != "open":
            raise UserError(
                self.env._("%(what)s is settled already.", what=self.display_name)
            )
        if undecided := self.line_ids.filtered(lambda line: not line.choice):
            raise UserError(
                self.env._(
                    "%(what)s: choose a value for %(fields)s.",
                    what=self.record_name,
                    fields=", ".join(undecided.mapped("label")),
                )
            )

    def _settle(self):
        exchange = self.env["crm.exchange"]
        entity = exchange._entities()[self.entity]
        taken = self.line_ids.filtered(lambda line: line.choice == "mine")
        kept = self.line_ids - taken
        row = self._get_chosen_row(set(kept.mapped("name")))
        if row:
            done = exchange._push(self.client_id, [row], "all", "merge3", keep=False)
            if not done["applied"]:
                reasons = [e["message"] for e in done["rows"][0].get("errors", ())]
                raise UserError(
                    self.env._(
                        "%(what)s: the partner's values were refused: %(why)s",
                        what=self.record_name,
                        why=" ".join(reasons) or done["rows"][0]["status"],
                    )
                )
        if self.op != "delete":
            said = {line.name: line.mine for line in kept}
            bases = self.env["crm.exchange.base"]
            bases._agree(self.client_id, entity, {self.res_id: said})
            chosen = {line.name: line.mine for line in taken}
            exchange._push_pin(self.client_id, entity, self.res_id, chosen)
        self.write(
            {
                "state": "settled",
                "settled_at": fields.Datetime.now(),
                "user_id": self.env.uid,
                "outcome": self._tell_outcome(taken, kept),
            }
        )

    def _get_chosen_row(self, kept):
        """The partner's row less the fields that stay ours; None when none is left."""
        row = {**(self.payload or {}), "base_rev": "*", "key": {"id": self.res_id}}
        if WHOLE in kept:
            return None
        if self.payload.get("key", {}).get("source"):
            row["key"] = self.payload["key"]
        for part in ("set", "refs"):
            row[part] = {
                k: v for k, v in (row.get(part) or {}).items() if k not in kept
            }
        row["unset"] = [name for name in row.get("unset") or () if name not in kept]
        if self.op == "delete":
            return {k: v for k, v in row.items() if k not in ("set", "refs", "unset")}
        return row if row["set"] or row["refs"] or row["unset"] else None

    def _tell_outcome(self, taken, kept):
        told = []
        if taken:
            names = ", ".join(taken.mapped("label"))
            told.append(self.env._("Partner's: %(fields)s", fields=names))
        if kept:
            names = ", ".join(kept.mapped("label"))
            told.append(self.env._("Ours: %(fields)s", fields=names))
        return "; ".join(told)

    # ------------------------------------------------------------------ retention

    @api.autovacuum
    def _gc_conflicts(self):
        limit = fields.Datetime.now() - timedelta(days=CLOSED_DAYS)
        old = self.sudo().search(
            [("state", "!=", "open"), ("settled_at", "<", limit)], limit=10000
        )
        old.unlink()
        return len(old), int(len(old) == 10000)


_WENT = ("created", "updated", "unchanged")
