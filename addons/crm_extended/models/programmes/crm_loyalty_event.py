from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

INSERT = """
    INSERT INTO crm_loyalty_event
                (kind_id, partner_id, key, document, company_id, happened_at)
    SELECT %(kind)s, t.partner_id, t.key, t.document, t.company_id, t.happened_at
      FROM unnest(%(partners)s::int[], %(keys)s::text[], %(documents)s::text[],
                  %(companies)s::int[], %(moments)s::timestamp[])
        AS t(partner_id, key, document, company_id, happened_at)
      JOIN res_partner p ON p.id = t.partner_id
        ON CONFLICT (kind_id, key) DO NOTHING
 RETURNING id
"""


class LoyaltyEvent(models.Model):
    """Something that a customer did besides buying, once and for all.

    Rows come from `_happened` alone and stay as they are; what a programme gave for one
    is an award (`crm.loyalty.award`). `awarded_at` says when the programmes looked at
    it.
    """

    _name = "crm.loyalty.event"
    _description = "Loyalty Event"
    _order = "happened_at desc, id desc"
    _log_access = False

    kind_id = fields.Many2one(
        "crm.loyalty.event.kind", readonly=True, required=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        required=True,
        index=True,
        ondelete="cascade",
    )
    key = fields.Char(
        readonly=True, required=True, help="Told twice, it still happened once"
    )
    document = fields.Char(readonly=True, help="What it was about")
    company_id = fields.Many2one(
        "res.company", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    happened_at = fields.Datetime(string="Time", readonly=True, required=True)
    awarded_at = fields.Datetime(
        string="Looked At", readonly=True, help="When programmes decided about points"
    )
    award_ids = fields.One2many(
        "crm.loyalty.award", "event_id", string="Awards", readonly=True
    )
    points = fields.Float(compute="_compute_points")

    _key_uniq = models.Constraint(
        "UNIQUE (kind_id, key)", "The event is known already."
    )
    _pending_idx = models.Index("(id) WHERE awarded_at IS NULL")

    @api.depends("award_ids.points")
    def _compute_points(self):
        groups = self.env["crm.loyalty.award"]._read_group(
            [("event_id", "in", self.ids)], ["event_id"], ["points:sum"]
        )
        sums = {event.id: total for event, total in groups}
        for event in self:
            event.points = sums.get(event.id, 0.0)

    @api.depends("kind_id", "partner_id")
    def _compute_display_name(self):
        for event in self:
            event.display_name = (
                f"{event.kind_id.name}: {event.partner_id.display_name}"
            )

    def write(self, vals):
        if set(vals) - {"awarded_at"} or not self.env.su:
            raise UserError(
                self.env._("What happened is not changed. Correct the points instead.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.su:
            raise UserError(
                self.env._("What happened is not deleted. Correct the points instead.")
            )

    # ------------------------------------------------------------------ capture

    @api.model
    def _happened(self, kind_code, rows):
        """Note events of one kind; programmes give their points soon after.

        :param kind_code: code of a `crm.loyalty.event.kind`
        :param rows: dicts with `partner_id` (id), `key` (unique in the kind: a repeated
            one does nothing) and, where known, `document` (what it was about),
            `company_id` (id) and `at` (datetime, UTC; now when left out)
        :return: how many were new
        :raises ValueError: for a kind that does not exist
        """
        rows = [row for row in rows if row.get("partner_id")]
        if not rows:
            return 0
        # sudo: whoever answers a survey may not read kinds
        kinds = self.env["crm.loyalty.event.kind"].sudo()
        kind = kinds.with_context(active_test=False).search([("code", "=", kind_code)])
        if not kind:
            raise ValueError(f"no such kind of loyalty event: {kind_code}")
        if not kind.active:
            return 0
        now = fields.Datetime.now()
        self.env["res.partner"].flush_model(["name"])
        new = self.env.execute_query(
            SQL(
                INSERT,
                kind=kind.id,
                partners=[int(row["partner_id"]) for row in rows],
                keys=[str(row["key"])[:256] for row in rows],
                documents=[(row.get("document") or None) for row in rows],
                companies=[(row.get("company_id") or None) for row in rows],
                moments=[(row.get("at") or now) for row in rows],
            )
        )
        if new:
            self.invalidate_model()
            cron = self.env.ref("crm_extended.ir_cron_award_loyalty_event", False)
            if cron:
                cron.sudo()._trigger()  # sudo: any customer's action may wake it
        return len(new)
