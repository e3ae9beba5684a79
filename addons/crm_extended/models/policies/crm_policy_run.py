from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [
    ("preview", "Preview"),
    ("activate", "Activation"),
    ("withdraw", "Withdrawal"),
    ("undo", "Undo of an Activation"),
    ("reconcile", "Nightly Check"),
]
NEEDS = {
    "preview": ("draft",),
    "activate": ("draft",),
    "withdraw": ("active",),
    "undo": ("active",),
}


class CrmPolicyRun(models.Model):
    """A policy takes effect, ends, or only shows what it would change."""

    _name = "crm.policy.run"
    _inherit = ["crm.run.mixin"]
    _description = "Run of Policies"
    _order = "id desc"

    kind = fields.Selection(KINDS, required=True, default="reconcile")
    policy_id = fields.Many2one(
        "crm.policy", index="btree_not_null", ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    set_count = fields.Integer(string="Set", readonly=True, copy=False)
    change_count = fields.Integer(string="Changed", readonly=True, copy=False)
    restore_count = fields.Integer(string="Given Back", readonly=True, copy=False)
    kept_count = fields.Integer(
        string="Entered by Hand",
        readonly=True,
        copy=False,
        help="Values that a person changed after a policy set them; they stay",
    )
    plan_count = fields.Integer(string="Plans Begun", readonly=True, copy=False)
    change_ids = fields.One2many("crm.policy.change", "run_id", readonly=True)

    @api.depends("kind", "policy_id", "create_date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for run in self:
            about = run.policy_id.display_name or run._get_day_made()
            run.display_name = f"{kinds.get(run.kind, '')}: {about}"

    def _check_startable(self):
        for run in self:
            needed = NEEDS.get(run.kind)
            if needed and run.policy_id.state not in needed:
                raise UserError(
                    self.env._(
                        "%(policy)s is not in the state for this any more. Open it and "
                        "look at its history.",
                        policy=run.policy_id.display_name or self.env._("No policy"),
                    )
                )
            if run.kind == "activate" and not (run.policy_id.reason or "").strip():
                raise UserError(
                    self.env._(
                        "Say why %(policy)s is activated: fill in “Why”.",
                        policy=run.policy_id.display_name,
                    )
                )

            if run.kind == "activate" and run.policy_id.pricelist_id:
                run._check_pricelists()

    def _check_pricelists(self):
        """:raises UserError: price lists are switched off, so no order would use one"""
        name = "product.group_product_pricelist"
        if not self.env["res.groups"]._is_feature_enabled(name):
            raise UserError(
                self.env._(
                    "%(policy)s sets a price list, but price lists are switched off. "
                    "Switch them on in the settings of Sales.",
                    policy=self.policy_id.display_name,
                )
            )

    def _run(self):
        """Also where the work failed, nobody goes on with the rules it tried."""
        result = super()._run()
        self.env["crm.policy"]._forget_rules()
        return result

    def _execute(self):
        self.ensure_one()
        self._check_startable()
        self.change_ids.sudo().unlink()
        policies = self.env["crm.policy"].sudo()
        if self.kind == "preview":
            counts = policies._walk(
                self._get_rules_after(), report=self._report, keep=self._keep
            )
            return self._tell_counts(counts)
        if self.kind != "reconcile":
            self._turn()
        counts = policies._apply(report=self._report, keep=self._keep)
        outcome = self._tell_counts(counts)
        if self.kind == "reconcile":
            outcome["plan_count"] = self.env["crm.policy.launch"].sudo()._launch()
        return outcome

    def _keep(self, company, applied):
        self.env["crm.policy.change"].sudo()._keep_steps(self, company, applied)

    def _tell_counts(self, counts):
        return {
            "set_count": counts.get("set", 0),
            "change_count": counts.get("change", 0),
            "restore_count": counts.get("restore", 0),
            "kept_count": counts.get("kept", 0) + counts.get("leave", 0),
        }

    def _get_rules_after(self):
        """The rules as they would be with this draft in place of what it replaces."""
        draft = self.policy_id
        versions = (
            self.env["crm.policy"]
            .sudo()
            .browse(policy.id for policy in draft._get_rules())
        )
        replaced = versions.filtered(lambda p: p.root_id == draft.root_id).ids
        stay = [p for p in draft._get_rules() if p.id not in replaced]
        return (*stay, draft._to_conduct())

    def _turn(self):
        """Move the versions on; the caller applies what follows."""
        policy, now = self.policy_id.sudo(), fields.Datetime.now()
        user = self.create_uid
        ended = {"ended_at": now, "ended_by_id": user.id}
        begun = {
            "state": "active",
            "activated_at": now,
            "activated_by_id": user.id,
            "ended_at": False,
            "ended_by_id": False,
        }
        if self.kind == "activate":
            former = policy.search(
                [("root_id", "=", policy.root_id.id), ("state", "=", "active")]
            )
            former.write({"state": "replaced", **ended})
            self.env.flush_all()
            policy.write({**begun, "previous_id": former.id})
            return
        policy.write({"state": "withdrawn", **ended})
        self.env.flush_all()
        former = policy.previous_id
        if self.kind == "undo" and former.state == "replaced":
            former.write(begun)

    def action_open_changes(self):
        """Open the customers with what changes, from what to what."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_policy_change"
        )
        return {
            **action,
            "display_name": self.display_name,
            "domain": [("run_id", "=", self.id)],
        }

    def action_activate(self):
        """Activate the draft that this preview was about."""
        self.ensure_one()
        return self.policy_id.action_activate()

    @api.model
    def _cron_reconcile(self):
        """Bring every customer in line tonight, as far as nobody decided otherwise."""
        self.create({"kind": "reconcile"}).action_start()

    @api.autovacuum
    def _gc_runs(self):
        """Runs are a log; three months of it are enough."""
        old = self.search(
            [("create_date", "<", "-90d"), ("state", "not in", ("queued", "running"))],
            limit=1000,
        )
        old.unlink()
        return len(old), len(old)
