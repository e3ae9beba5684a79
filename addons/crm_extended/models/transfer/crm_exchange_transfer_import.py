import json
import tempfile
from contextlib import suppress

from odoo import fields, models

from ...exceptions import RunStopped
from ...exchange import wire
from ...exchange.errors import ExchangeError
from ...intake.problems import FileProblem
from ...transfer import names, rows, taken, written
from ...transfer.problems import TransferProblem
from .crm_exchange_transfer_run import COUNTS
from .wording import tell

PART = 500  # rows that one push takes
BYTES = 4 << 20  # and about how many bytes of them
MANY = 500  # files that one run takes


class ExchangeTransferImport(models.Model):
    """Reading: each file in the incoming folder, row by row through `push`.

    Order of facts: rows are pushed in batches named after the file's sum, then the
    result is written, then the file is moved, then it is noted. Whatever a crash cuts
    off is done again by the next run, and the batches answer as they did before.
    """

    _inherit = "crm.exchange.transfer.run"

    def _import(self):
        transfer = self.transfer_id.sudo()
        totals = dict.fromkeys(("files", "failed", "rows", *COUNTS), 0)
        notes, part = [], {}
        run = self.with_context(transfer_part=part)
        with transfer.place_id._opened() as place:
            for path in (
                transfer.folder,
                transfer.processed_folder,
                transfer.failed_folder,
            ):
                place.make(path)
            found, waiting = self._find_files(place)
            for number, entry in enumerate(found):
                text = self.env._("Reading %(name)s", name=entry.name)
                part.clear()
                try:
                    run._report(number, len(found), text)
                    values = run._take(place, entry)
                except RunStopped:
                    return self._tell_stopped(totals, part, entry.name, notes)
                if not values:
                    waiting += 1
                    continue
                totals["files"] += 1
                totals["failed"] += values["state"] == "failed"
                totals["rows"] += values.get("row_count", 0)
                for name in COUNTS:
                    totals[name] += values.get(f"{name}_count", 0)
                if values.get("problem"):
                    notes.append(f"{entry.name}: {values['problem']}")
        if waiting:
            notes.append(
                self.env._("Files that are not whole yet: %(count)s", count=waiting)
            )
        return self._get_outcome(totals, notes)

    def _get_outcome(self, totals, notes):
        outcome = {
            "file_count": totals["files"],
            "failed_count": totals["failed"],
            "row_count": totals["rows"],
            "rejected_count": totals["rejected"],
            "conflict_count": totals["conflict"],
            "note": "\n".join(notes[:50]) or False,
        }
        if totals["failed"]:
            outcome["state"] = "failed"
            outcome["error"] = self.env._(
                "Refused files: %(count)s. They lie in the failed folder, each with a "
                "result that says why.",
                count=totals["failed"],
            )
        return outcome

    def _find_files(self, place):
        """Files to take, oldest first, and how many others are still being written.

        They are looked at twice, so nobody's clock needs to be right.
        """
        transfer = self.transfer_id.sudo()
        first = self._list(place)
        if not first:
            return [], 0
        if transfer.settle_seconds:
            self._pause(transfer.settle_seconds)
        again = {entry.name: entry for entry in self._list(place)}
        still = [entry for entry in first if again.get(entry.name) == entry]
        still.sort(key=lambda entry: (entry.modified, entry.name))
        return still[:MANY], len(again) - len(still)

    def _list(self, place):
        transfer = self.transfer_id
        return [
            entry
            for entry in place.entries(transfer.folder)
            if names.is_wanted(entry.name, transfer.pattern)
        ]

    # ------------------------------------------------------------------ one file

    def _take(self, place, entry):
        """Read one file and put it away; what to note of it, None if it waits."""
        transfer = self.transfer_id.sudo()
        with tempfile.TemporaryFile() as spool, tempfile.TemporaryFile() as result:
            values = {"name": entry.name}
            try:
                with place.reading(transfer.folder, entry.name) as stream:
                    sha256, size = taken.copy(stream, spool, transfer.max_mb << 20)
                if place.look(transfer.folder, entry.name) != entry:
                    return None
                values |= {"sha256": sha256, "size": size}
                self._check_sum(place, entry.name, sha256)
                if self._is_known(sha256):
                    values |= self._tell_known(result)
                else:
                    values |= self._push_rows(spool, result, sha256)
            except (TransferProblem, FileProblem) as problem:
                told = tell(self.env, problem)
                values |= {"state": "failed", "problem": told}
                self._tell_failed(result, told)
            return self._put_away(place, entry, result, values)

    def _check_sum(self, place, name, sha256):
        path, beside = self.transfer_id.folder, name + names.SUM
        if not place.look(path, beside):
            return
        with place.reading(path, beside) as stream:
            told = written.read_sum(stream.read(256))
        if told and told != sha256:
            raise TransferProblem("sum_differs", name=beside)

    def _is_known(self, sha256):
        if self.transfer_id.is_trial:
            return False
        known = [("sha256", "=", sha256), ("state", "=", "processed")]
        known += [("transfer_id", "=", self.transfer_id.id)]
        return bool(
            self.env["crm.exchange.transfer.file"].sudo().search_count(known, 1)
        )

    def _put_away(self, place, entry, result, values):
        transfer = self.transfer_id.sudo()
        is_failed = values["state"] == "failed"
        path = transfer.failed_folder if is_failed else transfer.processed_folder
        name = entry.name
        if place.look(path, name):
            stem, dot, ending = name.rpartition(".")
            stamp = fields.Datetime.now().strftime("%Y%m%d-%H%M%S")
            name = f"{stem}-{stamp}{dot}{ending}" if dot else f"{name}-{stamp}"
        result_name = names.result_name(name)
        result.seek(0)
        place.put(path, result_name, result, replace=True)
        place.move(transfer.folder, entry.name, path, name)
        beside = entry.name + names.SUM
        if place.look(transfer.folder, beside):
            with suppress(TransferProblem):
                place.move(transfer.folder, beside, path, name + names.SUM)
        values |= {
            "stored_name": f"{path}/{name}",
            "result_name": f"{path}/{result_name}",
        }
        self._keep_file(values)
        return values

    # ------------------------------------------------------------------ rows

    def _push_rows(self, spool, result, sha256):
        """Push all rows in parts; the result file gets a row for each."""
        transfer = self.transfer_id.sudo()
        out = self._open_result(result)
        counts = dict.fromkeys(COUNTS, 0)
        part, size, batch = [], 0, 0
        lines = taken.count_lines(spool)
        for row in self._read_rows(spool):
            refused = self._refuse(row)
            length = 0 if refused else len(json.dumps(row.pushed, ensure_ascii=False))
            if part and (len(part) >= PART or size + length > BYTES):
                batch += 1
                self._push(out, counts, part, f"{sha256[:40]}:{batch}")
                self._tell_read(counts, lines)
                part, size = [], 0
            part.append((row.pushed, refused))
            size += length
        if part:
            self._push(out, counts, part, f"{sha256[:40]}:{batch + 1}")
            self._tell_read(counts, lines)
        state = "tried" if transfer.is_trial else "processed"
        found = {f"{name}_count": count for name, count in counts.items()}
        return {"state": state, "row_count": out.rows, **found}

    def _read_rows(self, spool):
        transfer = self.transfer_id.sudo()
        entity = self.env["crm.exchange"]._entities()[transfer.entity]
        if transfer.kind == "jsonl":
            return taken.json_rows(spool, entity)
        return taken.csv_rows(
            spool,
            entity,
            transfer.client_id.source_id.code or "",
            transfer.delimiter,
            transfer.encoding,
            transfer.max_mb << 20,
            transfer.clear_empty,
            transfer.guarded,
        )

    def _push(self, out, counts, part, batch):
        """Send what can be sent of a part; the results keep the order of the file."""
        is_trial = self.transfer_id.is_trial
        sent = [pushed for pushed, refused in part if not refused]
        by_row = {}
        if sent:
            answer = self._call(
                "push",
                batch_id=f"file{'-try' * is_trial}:{self.transfer_id.id}:{batch}",
                rows=sent,
                mode="each",
                dry_run=is_trial,
            )
            by_row = {found.get("row_id"): found for found in answer["rows"]}
        for pushed, refused in part:
            row_id = pushed.get("row_id", "")
            told = refused or by_row.get(row_id) or {"row_id": row_id}
            self._write_result(out, counts, told, pushed.get("key"))

    def _tell_read(self, counts, lines):
        """Note how far it is, for who stops it: what was pushed stays pushed."""
        done = sum(counts.values())
        if "transfer_part" in self.env.context:
            self.env.context["transfer_part"].update(counts)
        text = self.env._("%(count)s rows read", count=done)
        self._report(done, max(lines, done + 1), text)

    def _tell_stopped(self, totals, part, name, notes):
        """The outcome of a run that a person stopped in the middle of a file."""
        done = sum(part.values())
        totals["rows"] += done
        for status in COUNTS:
            totals[status] += part.get(status, 0)
        note = self.env._("Stopped by a person.")
        if done:
            note = self.env._(
                "Stopped after %(count)s rows of %(name)s. These are pushed; the next "
                "run reads the file anew and changes nothing by them.",
                count=done,
                name=name,
            )
        outcome = self._get_outcome(totals, [*notes, note])
        return {**outcome, "state": "stopped", "error": False}

    def _open_result(self, result):
        transfer = self.transfer_id.sudo()
        return written.RowsFile(
            result,
            transfer.kind,
            list(rows.RESULT),
            1 << 40,
            transfer.delimiter,
            transfer.encoding,
        )

    def _write_result(self, out, counts, found, key):
        status = found.get("status", "")
        counts[status if status in counts else "rejected"] += 1
        if self.transfer_id.kind == "jsonl":
            out.write_object(found)
        else:
            key = key if isinstance(key, dict) else {}
            out.write_cells(rows.result_cells(found, key))

    def _refuse(self, row):
        """What a row that cannot be sent is told; None when it can.

        One unfit value would otherwise have the whole push refused, as it would be
        over the wire.
        """
        if row.problem:
            words = {
                "not_json": self.env._("The line is no JSON object."),
                "cells_many": self.env._("The row has more cells than the header."),
            }
            error = {"code": "invalid_value", "message": words[row.problem]}
        else:
            try:
                wire.incoming(row.pushed)
                return None
            except ExchangeError as refused:
                error = refused.as_dict()
        return {"row_id": str(row.number), "status": "rejected", "errors": [error]}

    def _tell_failed(self, result, told):
        result.seek(0)
        result.truncate()
        self._tell_file(result, "rejected", "file_refused", told)

    def _tell_known(self, result):
        told = self.env._("The same file was read before: nothing was changed.")
        self._tell_file(result, "unchanged", "", told)
        return {"state": "repeated"}

    def _tell_file(self, result, status, code, told):
        """A result about the file as a whole: one row without a number."""
        error = {"code": code, "message": told}
        found = {"row_id": "", "status": status, "errors": [error]}
        out = self._open_result(result)
        if self.transfer_id.kind == "jsonl":
            out.write_object(found)
        else:
            out.write_cells(rows.result_cells(found, {}))
