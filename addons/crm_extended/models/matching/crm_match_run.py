import tempfile
import time
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...identity import engine, evidence, linkage
from ...identity.record import COLUMNS

TRAINING = [
    ("auto", "If Needed"),
    ("always", "Learn Anew"),
    ("never", "Keep the Weights"),
]
FEWEST = 20  # customers below which there is nothing to learn from


class CrmMatchRun(models.Model):
    """All customers of one kind compared: trained, scored, stored, clustered.

    Rows go out by COPY and come back by COPY; Splink works on them in DuckDB. A run
    that is repeated finds what it found; decided pairs stay decided.
    """

    _name = "crm.match.run"
    _inherit = ["crm.run.mixin"]
    _description = "Matching Run"
    _order = "id desc"

    setting_id = fields.Many2one(
        "crm.match.setting", string="Rules", required=True, index=True,
        ondelete="cascade",
        default=lambda self: self.env["crm.match.setting"].search([], limit=1),
    )  # fmt: skip
    training = fields.Selection(
        TRAINING,
        required=True,
        default="auto",
        help="If needed: the first time, after a change of the comparisons, and when "
        "there are twice as many customers as then",
    )
    customer_count = fields.Integer(string="Customers", readonly=True, copy=False)
    pair_count = fields.Integer(
        string="Pairs Found", readonly=True, copy=False, help="Weighing enough"
    )
    new_count = fields.Integer(string="New Pairs", readonly=True, copy=False)
    gone_count = fields.Integer(
        string="Pairs Gone", readonly=True, copy=False,
        help="Proposed before, but nothing speaks for them any more",
    )  # fmt: skip
    automatic_count = fields.Integer(string="Certain", readonly=True, copy=False)
    cluster_count = fields.Integer(string="Clusters", readonly=True, copy=False)
    trained = fields.Boolean(string="Learnt Weights", readonly=True, copy=False)
    timing = fields.Text(string="Time per Step", readonly=True, copy=False)
    note = fields.Text(string="Notes", readonly=True, copy=False)

    @api.depends("setting_id", "create_date")
    def _compute_display_name(self):
        for run in self:
            day = fields.Date.to_date(run.create_date) or ""
            run.display_name = self.env._(
                "%(rules)s, %(day)s", rules=run.setting_id.name or "", day=day
            )

    # ------------------------------------------------------------------ may it begin

    def _check_startable(self):
        self._require_engine()
        if not self.setting_id.active:
            raise UserError(
                self.env._(
                    "%(rules)s are archived. Choose rules in use.",
                    rules=self.setting_id.name,
                )
            )

    def _require_engine(self):
        """:raises UserError: a library is missing; says which and what to do"""
        try:
            engine.require(self.setting_id.engine)
        except engine.EngineMissing as error:
            raise UserError(
                self.env._(
                    "Comparing all customers needs the Python library %(library)s. Ask "
                    "your administrator to install it (pip install %(install)s) and to "
                    "restart Odoo. Until then duplicates are found only when a "
                    "customer is entered or changed.",
                    library=error.package,
                    install=error.install,
                )
            ) from error

    # ------------------------------------------------------------------ the work

    def _execute(self):
        self._require_engine()
        clock = [("", time.monotonic())]
        setting = self.setting_id
        key = self.env["crm.match.key"].sudo()

        def step(name, share, text):
            clock.append((name, time.monotonic()))
            self._report(share, 100, text)

        step("keys", 1, self.env._("Preparing changed customers"))
        key._refresh_all(lambda done, total: self._report(20 * done / total, 100))
        with (
            tempfile.TemporaryDirectory(prefix="crm_match_") as folder,
            engine.opened(setting.engine, folder, self._get_memory()) as store,
        ):
            step("read", 20, self.env._("Reading customers"))
            source = Path(folder) / "customers.csv"
            customers = self._extract(source)
            if customers < FEWEST:
                return self._tell_too_few(customers)
            table = store.read(str(source), self._get_columns())
            step("train", 25, self.env._("Learning weights"))
            model, trained = self._get_model(store, table, customers)
            step("predict", 60, self.env._("Comparing customers"))
            found = linkage.predict(
                store, table, model, setting._get_rules(), setting.threshold_review
            )
            step("explain", 75, self.env._("Writing down the evidence"))
            target = Path(folder) / "pairs.csv"
            target.touch()
            if found:
                store.export(evidence.pairs_sql(store, model, found), str(target))
            step("store", 85, self.env._("Storing pairs"))
            with target.open(encoding="utf-8") as lines:
                counts = self._store(lines)
        step("merge", 95, self.env._("Merging what is certain"))
        found = self._count_found()  # as found, before they are merged
        merging = self._merge_certain()
        clock.append(("end", time.monotonic()))
        steps = zip(clock[1:], clock[2:], strict=False)
        return {
            "customer_count": customers,
            "pair_count": counts["found"],
            "new_count": counts["inserted"],
            "gone_count": counts["deleted"],
            **found,
            "merge_run_id": merging.id,
            "trained": trained,
            "timing": "\n".join(
                f"{name}: {after - at:.1f} s" for (name, at), (_n, after) in steps
            ),
            "note": setting.trained_note,
        }

    def _count_found(self):
        matches = self.env["crm.match"].sudo()
        mine = [("setting_id", "=", self.setting_id.id), ("state", "=", "pending")]
        groups = matches._read_group([*mine, ("cluster", "!=", False)], ["cluster"])
        return {
            "automatic_count": matches.search_count([*mine, ("automatic", "=", True)]),
            "cluster_count": len(groups),
        }

    def _tell_too_few(self, customers):
        return {
            "customer_count": customers,
            "note": self.env._(
                "Only %(count)s customers of this kind: there is nothing to learn "
                "from yet. Duplicates are still found when a customer is entered.",
                count=customers,
            ),
        }

    # ------------------------------------------------------------------ steps

    @api.model
    def _get_memory(self):
        """Megabytes the engine may take, by parameter."""
        parameter = self.env["ir.config_parameter"].sudo()
        megabytes = parameter.get_param("crm_extended.match_memory_mb") or ""
        return max(int(megabytes), 256) if megabytes.isdecimal() else 3072

    @api.model
    def _get_columns(self):
        return {"partner_id": "INTEGER", **dict.fromkeys(COLUMNS, "VARCHAR")}

    def _get_scope(self):
        """SQL condition on crm_match_key `k`: the customers this run looks at.

        Those of its starter's companies and the shared ones; the system's own runs look
        at all. Pairs across companies are left out later, where they are stored.
        """
        company = SQL("TRUE")
        if not self.env.su and not self.env.user._is_superuser():
            companies = tuple(self.env.user.company_ids.ids)
            company = SQL("(k.company_id IS NULL OR k.company_id IN %s)", companies)
        return SQL(
            "k.is_company = %s AND %s", self.setting_id.kind == "company", company
        )

    def _extract(self, path):
        """Write the compared values to a file; returns the number of customers."""
        columns = SQL(", ").join(
            SQL.identifier("k", name) for name in self._get_columns()
        )
        query = SQL(
            "COPY (SELECT %s FROM crm_match_key k WHERE %s) TO STDOUT (FORMAT csv)",
            columns,
            self._get_scope(),
        )
        cr = self.env.cr
        with path.open("w", encoding="utf-8", newline="") as file:
            cr.copy_expert(cr.mogrify(query.code, query.params).decode(), file)
        return cr.rowcount

    def _get_model(self, store, table, customers):
        """(model, whether it was trained now)"""
        setting = self.setting_id
        stale = not setting._is_trained() or customers > 2 * setting.trained_rows
        if self.training == "never" or (self.training == "auto" and not stale):
            return setting._get_model(), False
        try:
            model = linkage.train(
                store,
                table,
                setting._get_comparisons(),
                setting._get_rules(),
                max_pairs=setting.training_pairs,
                report=lambda share, _step: self._report(25 + 35 * share, 100),
            )
        except ValueError as error:
            raise UserError(
                self.env._(
                    "The weights could not be learnt: %(error)s. Look at the "
                    "comparisons of %(rules)s.",
                    error=str(error)[:300],
                    rules=setting.name,
                )
            ) from error
        setting._keep_model(model)
        return model, True

    def _store(self, lines):
        among = SQL(
            """m.setting_id = %s AND NOT EXISTS (
                   SELECT FROM res_partner p WHERE p.id IN (m.partner_id, m.other_id)
                      AND NOT EXISTS (SELECT FROM crm_match_key k
                                       WHERE k.partner_id = p.id AND %s)
                      AND p.active)""",
            self.setting_id.id,
            self._get_scope(),
        )
        matches = self.env["crm.match"].sudo()
        return matches._store(lines, self.setting_id, among, self)

    # ------------------------------------------------------------------ buttons

    def action_open_matches(self):
        """Open the pairs that these rules propose."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_match"
        )
        domain = [("setting_id", "=", self.setting_id.id)]
        return {**action, "domain": domain}

    @api.autovacuum
    def _gc_runs(self):
        """Runs are a log; half a year of it is enough."""
        old = self.search(
            [("create_date", "<", "-180d"), ("state", "not in", ("queued", "running"))],
            limit=1000,
        )
        old.unlink()
        return len(old), len(old)
