from odoo import api, fields, models
from odoo.exceptions import UserError

from ...merging import history, statements, undoing


class CrmMergeUndoing(models.Model):
    """Taking merges apart: everything that still is where the merge put it goes back.

    What was deleted, moved on or edited since stays as it is and is listed before.
    """

    _inherit = "crm.merge"

    def _undo(self, sources=None):
        """Undo these merges, or only of some records in them.

        :param sources: `crm.merge.source` rows to take out; all when left out
        :raises UserError: when a later merge was built on one of these
        """
        self.env.flush_all()
        waves = self._undo_waves(self._undoable(sources))
        for wave in waves:
            wave.merge_id.sudo()._take_apart(wave.sudo())
        self.env.invalidate_all(flush=False)

    def _undoable(self, sources=None):
        """The rows to take out, checked: the user may, and they are merged now."""
        self._check_may_merge()
        self.check_access("read")
        sources = self.source_ids if sources is None else sources & self.source_ids
        sources = sources.filtered(lambda row: row.state == "merged")
        if not sources:
            raise UserError(self.env._("These merges are undone already."))
        return sources

    def _undo_waves(self, sources):
        """The rows in the order that takes later passes apart first.

        :raises UserError: when the survivor was merged further, and that later merge is
            not undone with it
        """
        built = self.env["crm.merge.source"].sudo()
        built = built.search(
            [
                ("partner_id", "in", sources.merge_id.partner_id.ids),
                ("state", "=", "merged"),
                ("id", "not in", sources.ids),
            ],
            limit=1,
        )
        if built:
            raise UserError(
                self.env._(
                    "%(customer)s was itself merged into %(into)s on %(date)s. Undo "
                    "that merge first.",
                    customer=built.partner_id.display_name,
                    into=built.merge_id.partner_id.display_name,
                    date=fields.Date.to_string(built.merge_id.date),
                )
            )
        latest = sources.sorted(lambda row: row.merge_id.id, reverse=True)
        return list(latest.grouped(lambda row: row.merge_id.batch).values())

    # ------------------------------------------------------------------ the work

    def _take_apart(self, sources):
        partners = self.partner_id | sources.partner_id
        self._lock(partners.ids)
        self._fill_back(sources)
        parts = self.filtered(lambda merge: not merge._is_whole(sources))
        unedited = parts._unedited_values()
        given, *opened = undoing.POINTS
        for statement in (*history.RETURN, given):
            self.env.cr.execute(statement)
        self.env["crm.loyalty.ledger"]._part_cards()
        for statement in opened:
            self.env.cr.execute(statement)
        for kind, reference in self._places_back():
            back = statements.bring_back if kind == "moved" else None
            back = back or statements.bring_json_back
            self.env.cr.execute(back(reference))
        self.env.cr.execute(undoing.LOST_PLACE)
        self.env.cr.execute(undoing.VALUES)
        self.env.cr.execute(undoing.COLUMNS)
        if columns := [name for (name,) in self.env.cr.fetchall()]:
            self.env.cr.execute(undoing.restore(columns))
        self._mark_undone(sources)
        self.env.invalidate_all(flush=False)
        parts._choose_again(sources, unedited)
        self._recompute_mirrors(partners)
        self._tell_undone(sources)
        self.env.flush_all()

    def _is_whole(self, sources):
        """Whether nothing of the merge is left when these are taken out."""
        self.ensure_one()
        merged = self.source_ids.filtered(lambda row: row.state == "merged")
        return not merged - sources

    def _fill_back(self, sources):
        self.env.cr.execute(statements.BACK)
        rows = [
            (
                row.id,
                row.merge_id.id,
                row.partner_id.id or None,
                row.merge_id.partner_id.id or None,
                row.merge_id._is_whole(sources),
            )
            for row in sources
        ]
        self.env.cr.execute(
            """
            INSERT INTO crm_merge_back
            SELECT * FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[],
                                 %s::bool[]);
            ANALYZE crm_merge_back
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )

    @api.model
    def _places_back(self):
        """(kind, reference) of the places that the journal names.

        In the opposite order of the merge, or a row that refers twice would meet others
        on its way back. A column that is there no more has none.
        """
        known = {ref.place: ref for ref in self._parent_references()}
        for ref in (*self._references(), *self._bank_references()):
            known.setdefault(ref.place, ref)
        self.env.cr.execute(undoing.PLACES)
        named = self.env.cr.fetchall()
        if any(kind == "json" for kind, _t, _c in named):
            known |= {
                ref.place: ref
                for ref in self._json_references(
                    {(t, c) for kind, t, c in named if kind == "json"}
                )
            }
        found = [
            (kind, self._return_reference(known[f"{table}.{column}"]))
            for kind, table, column in named
            if f"{table}.{column}" in known
        ]
        order = {place: at for at, place in enumerate(known)}
        return sorted(found, key=lambda item: -order[item[1].place])

    def _mark_undone(self, sources):
        sources.write({"state": "undone"})
        now = fields.Datetime.now()
        for state, merges in self.grouped(
            lambda merge: "undone" if merge._is_whole(sources) else "partly"
        ).items():
            merges.write(
                {"state": state, "undone_at": now, "undone_by_id": self.env.uid}
            )
        self.env.flush_all()

    def _tell_undone(self, sources):
        names = {
            partner.id: f"{partner.complete_name} (ID {partner.id})"
            for partner in sources.partner_id
        }
        bodies = {
            merge.partner_id.id: self.env._(
                "The merge was undone for %(records)s.",
                records=", ".join(names.get(row.partner_id.id, "") for row in rows),
            )
            for merge, rows in sources.grouped("merge_id").items()
            if merge.partner_id
        }
        self.env["res.partner"].browse(bodies).sudo()._message_log_batch(bodies=bodies)

    # ------------------------------------------------------------------ in part

    def _unedited_values(self):
        """Journal rows of the survivor's values that stand as the merge left them."""
        if not self:
            return []
        self.env.cr.execute(
            """SELECT j.id FROM crm_merge_move j JOIN res_partner p ON p.id = j.row_id
                WHERE j.merge_id = ANY(%s) AND j.kind = 'value' AND j.source_id IS NULL
                  AND j.outcome IS NULL
                  AND to_jsonb(p.*) -> j.column_name IS NOT DISTINCT FROM j.new_data""",
            [self.ids],
        )
        return [id_ for (id_,) in self.env.cr.fetchall()]

    def _choose_again(self, sources, unedited):
        """Values that came from a record taken out are chosen among those that remain.

        A value that somebody edited since the merge is left alone.
        """
        if not self:
            return
        moves = self.env["crm.merge.move"].sudo().browse(unedited)
        open_ = {(move.merge_id, move.column_name) for move in moves}
        chosen, dropped = {}, self.env["crm.merge.value"]
        for merge in self:
            left = merge.source_ids.filtered(lambda row: row.state == "merged")
            group = (merge.partner_id.id, left.partner_id.ids)
            lost = merge.value_ids.filtered(
                lambda value, merge=merge: (
                    (value.partner_id in sources.partner_id or value.rule == "sum")
                    and (merge, value.field_name) in open_
                )
            )
            before = {value.field_name: value.before for value in lost}
            if lost and merge.partner_id:
                chosen[merge.partner_id.id] = self._choose_among(group, before)
                dropped |= lost
        dropped.unlink()
        self.env.cr.execute(statements.MAP)
        changed = self._write_values(chosen)
        self.env.invalidate_all(flush=False)
        for field in self._own_computed(changed):
            self.env.add_to_compute(field, self.partner_id.sudo())
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE crm_merge_move j SET new_data = to_jsonb(p.*) -> j.column_name
                 FROM res_partner p WHERE p.id = j.row_id AND j.id = ANY(%s)""",
            [unedited],
        )
        self.env.invalidate_all(flush=False)

    @api.model
    def _choose_among(self, group, before):
        """{field: choice} of these fields as if the group had been merged now.

        :param before: {field: value that stood before the merge}
        """
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        target, source_ids = group
        sources = partners.browse(source_ids).sorted("write_date", reverse=True)
        golden = {}
        if "crm.golden" in self.env:
            golden = self.env["crm.golden"]._choose([group]).get(target, {})
        summed = self._summed_fields()
        found = {}
        for name, value in before.items():
            choice = {"value": value, "partner_id": target, "rule": "own"}
            if name in summed:
                total = (value or 0) + sum(sources.mapped(name))
                choice = {"value": total, "partner_id": False, "rule": "sum"}
            elif golden.get(name, {}).get("partner_id") in source_ids:
                choice = golden[name]
            elif not value:
                origin = next((s for s in sources if s[name]), None)
                if origin is not None:
                    plain = origin[name]
                    plain = plain.id if isinstance(plain, models.BaseModel) else plain
                    choice = {"value": plain, "partner_id": origin.id, "rule": "filled"}
            found[name] = choice
        return found
