from odoo import api, fields, models

STATES = [
    ("done", "Merged"),
    ("partly", "Partly Undone"),
    ("undone", "Undone"),
]


class CrmMerge(models.Model):
    """One union of customers: which records went into which, who said so and why.

    Nothing is deleted. The records that were merged are archived and point to the one
    that goes on; the journal keeps each reference that moved, so the union can be taken
    apart again, wholly or record by record.
    """

    _name = "crm.merge"
    _inherit = "crm.kept.mixin"
    _description = "Merge of Customers"
    _order = "id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Surviving Customer",
        readonly=True,
        index=True,
        ondelete="set null",
        help="The record that goes on and has everything now",
    )
    source_ids = fields.One2many(
        "crm.merge.source", "merge_id", string="Merged Records", readonly=True
    )
    source_count = fields.Integer(
        string="Merged", compute="_compute_counts", help="Records that went into it"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="Merged By", readonly=True)
    date = fields.Datetime(readonly=True)
    reason = fields.Char(readonly=True, help="Why the records are one customer")
    state = fields.Selection(
        STATES, default="done", required=True, readonly=True, index=True
    )
    run_id = fields.Many2one(
        "crm.merge.run", readonly=True, index="btree_not_null", ondelete="set null"
    )
    batch = fields.Char(
        readonly=True,
        help="Merges of one pass; a later pass is undone before an earlier",
    )
    undone_at = fields.Datetime(string="Undone On", readonly=True)
    undone_by_id = fields.Many2one("res.users", readonly=True)
    move_ids = fields.One2many("crm.merge.move", "merge_id", readonly=True)
    value_ids = fields.One2many("crm.merge.value", "merge_id", readonly=True)
    moved_count = fields.Integer(
        string="Moved", compute="_compute_counts", help="References that moved"
    )
    kept_count = fields.Integer(
        string="Stayed",
        compute="_compute_counts",
        help="Rows that stayed on the archived record, each with the reason",
    )
    summary = fields.Json(
        compute="_compute_summary",
        help="What moved and what stayed, per kind of document",
    )
    summary_text = fields.Html(string="What Moved", compute="_compute_summary_text")

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "A merge is written by merging and undoing alone: %(fields)s.",
            fields=labels,
        )

    @api.depends("move_ids", "source_ids")
    def _compute_counts(self):
        moves = self.env["crm.merge.move"]._read_group(
            [("merge_id", "in", self.ids)], ["merge_id", "kind"], ["__count"]
        )
        counted = {(merge.id, kind): count for merge, kind, count in moves}
        sources = dict(
            self.env["crm.merge.source"]._read_group(
                [("merge_id", "in", self.ids)], ["merge_id"], ["__count"]
            )
        )
        for merge in self:
            merge.source_count = sources.get(merge, 0)
            merge.moved_count = sum(
                counted.get((merge.id, kind), 0) for kind in ("moved", "json")
            )
            merge.kept_count = counted.get((merge.id, "kept"), 0)

    @api.depends("move_ids")
    def _compute_summary(self):
        rows = self.env["crm.merge.move"]._read_group(
            [("merge_id", "in", self.ids), ("kind", "in", ("moved", "json", "kept"))],
            ["merge_id", "table_name", "kind", "reason"],
            ["__count"],
        )
        moves = self.env["crm.merge.move"]
        summaries = {}
        for merge, table, kind, reason, count in rows:
            summaries.setdefault(merge.id, []).append(
                {
                    "label": moves._table_label(table),
                    "table": table,
                    "kind": "kept" if kind == "kept" else "moved",
                    "reason": reason or "",
                    "reason_label": moves._reason_label(reason),
                    "count": count,
                }
            )
        for merge in self:
            rows = summaries.get(merge.id, [])
            merge.summary = sorted(
                rows, key=lambda row: (row["kind"] == "kept", row["label"])
            )

    @api.depends("summary")
    def _compute_summary_text(self):
        for merge in self:
            merge.summary_text = self.env["ir.qweb"]._render(
                "crm_extended.crm_merge_summary", {"rows": merge.summary or []}
            )

    @api.depends("partner_id", "source_count")
    def _compute_display_name(self):
        for merge in self:
            merge.display_name = self.env._(
                "%(customer)s (%(count)s merged)",
                customer=merge.partner_id.display_name or self.env._("Deleted"),
                count=merge.source_count,
            )

    # ------------------------------------------------------------------ buttons

    def action_open_moves(self):
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Moved"),
            "res_model": "crm.merge.move",
            "view_mode": "list,form",
            "domain": [("merge_id", "in", self.ids)],
            "context": {"search_default_by_table": 1},
        }

    def action_undo(self):
        """Take the merges apart again; what cannot go back stays with the survivor.

        A person is shown first what cannot go back: `action_ask_undo`.

        :returns: True
        :raises UserError: when a later merge was built on one of these
        """
        self._undo()
        return True

    def action_ask_undo(self):
        """Open the wizard that lists what cannot go back, then undoes."""
        self.check_access("read")
        return self.env["crm.merge.undo"]._open(self)

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()
