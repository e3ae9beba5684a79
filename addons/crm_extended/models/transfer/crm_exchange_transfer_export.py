import json
import tempfile
from contextlib import suppress

from odoo import models

from ...transfer import names, rows, written
from ...transfer.problems import TransferProblem
from .wording import tell

PAGE = 1000
LOST = ("cursor_expired", "cursor_epoch", "cursor_scope", "cursor_future")
LOST += ("cursor_invalid", "cursor_foreign")


class ExchangeTransferExport(models.Model):
    """Writing: the feed from where the last file ended, as one file.

    Order of facts: the file appears, then the position moves on. A crash between them
    writes the same changes into the next file again, which does no harm.
    """

    _inherit = "crm.exchange.transfer.run"

    def _export(self):
        transfer = self.transfer_id.sudo()
        with tempfile.TemporaryFile() as spool:
            out, cursor, note = self._write_rows(spool)
            outcome = {"row_count": out.rows, "note": note or False}
            if out.lost:
                outcome["note"] = self._tell_lost(out.lost, note)
            if out.rows or transfer.write_empty or not self._get_position():
                spool.seek(0)
                self._publish(spool, out)
                outcome["file_count"] = 1
        self._move_on(cursor, bool(outcome.get("file_count")))
        return outcome

    def _write_rows(self, spool):
        """Everything, or what changed; the file, the cursor after it, and a note."""
        transfer = self.transfer_id.sudo()
        token = self._get_position() if transfer.mode == "changes" else ""
        if token:
            try:
                return *self._pull_into(spool, token), ""
            except TransferProblem as problem:
                if problem.details.get("code") not in LOST:
                    raise
                spool.seek(0)
                spool.truncate()
                note = self.env._(
                    "Everything was written again: %(why)s",
                    why=tell(self.env, problem),
                )
                return *self._pull_into(spool, ""), note
        return *self._pull_into(spool, ""), ""

    def _get_position(self):
        """Where the last file ended, "" when there was none."""
        marks = self.env["crm.exchange.transfer.mark"]._read(self.transfer_id)
        return marks.get(self.transfer_id.id, {}).get("position") or ""

    def _pull_into(self, spool, token):
        transfer = self.transfer_id.sudo()
        schema = self._call("schema", entity=transfer.entity)
        fields_ = [field["name"] for field in schema["fields"]]
        out = written.RowsFile(
            spool,
            transfer.kind,
            rows.columns(fields_),
            transfer.max_mb << 20,
            transfer.delimiter,
            transfer.encoding,
        )
        first_head = None
        while True:
            page = self._call(
                "pull",
                cursor=token or "",
                entities=[transfer.entity],
                limit=PAGE,
                packed=True,
            )
            self._write_page(out, page, fields_)
            was, token = token, page["cursor"]
            head, lag = int(page["head"]), int(page["lag"])
            first_head = head if first_head is None else first_head
            self._tell_written(out.rows, lag)
            # a full file ends with its snapshot; changes, where they began to be read
            ended = page["phase"] != "snapshot" and head - lag >= first_head
            if ended or not page["more"] or (page["phase"] != "snapshot" and not was):
                return out, token

    def _write_page(self, out, page, fields_):
        transfer = self.transfer_id.sudo()
        for packed in page["items"]:
            item = json.loads(packed)
            if transfer.kind == "jsonl":
                out.write_object(item)
            else:
                code = transfer.client_id.source_id.code or ""
                out.write_cells(rows.to_cells(item, fields_, code, transfer.guarded))

    def _tell_written(self, done, lag):
        text = self.env._("%(count)s rows written", count=done)
        self._report(done, done + max(lag, 1), text)

    def _tell_lost(self, count, note):
        lost = self.env._(
            "Characters that the encoding of the file does not have became “?”: "
            "%(count)s. UTF-8 has all of them.",
            count=count,
        )
        return f"{note}\n{lost}" if note else lost

    def _publish(self, spool, out):
        """Put the file where it is fetched from; its sum is there before it is."""
        transfer = self.transfer_id.sudo()
        with self._step() as step:
            marks = step.env["crm.exchange.transfer.mark"]
            number = marks._take_number(step.transfer_id)
        wanted = transfer._get_file_name(number)
        with transfer.place_id._opened() as place:
            place.make(transfer.folder)
            name, count = wanted, 1
            while not transfer.replace and place.look(transfer.folder, name):
                count += 1
                name = names.numbered(wanted, count)
            if transfer.write_sum:
                self._write_sum(place, name, out.sha256)
            try:
                place.put(transfer.folder, name, spool, transfer.replace)
            except TransferProblem:
                if transfer.write_sum and not transfer.replace:
                    with suppress(TransferProblem):
                        place.remove(transfer.folder, name + names.SUM)
                raise
        self._keep_file(
            {
                "name": name,
                "state": "written",
                "stored_name": f"{transfer.folder}/{name}",
                "sha256": out.sha256,
                "size": out.size,
                "row_count": out.rows,
            }
        )

    def _write_sum(self, place, name, sha256):
        with tempfile.SpooledTemporaryFile() as line:
            line.write(written.sum_line(sha256, name))
            line.seek(0)
            path = self.transfer_id.folder
            place.put(path, name + names.SUM, line, replace=True)

    def _move_on(self, cursor, has_file):
        """The next file begins here; the partner has confirmed by having the file."""
        with self._step() as step:
            marks = step.env["crm.exchange.transfer.mark"]
            marks._move_on(step.transfer_id, cursor)
        self.transfer_id.invalidate_recordset(["position_at"])
        if has_file:
            with suppress(TransferProblem):  # only tells our operator how far they are
                self._call("ack", cursor=cursor)
