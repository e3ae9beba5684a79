from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CrmScore(models.Model):
    """A named estimate about customers, with the proof that it beats a naive guess."""

    _name = "crm.score"
    _description = "Score"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, copy=False, help="Short technical name, unique: clv, recency"
    )
    sequence = fields.Integer(default=10)
    unit = fields.Char(translate=True, help="What one is: days, purchases, EUR")
    description = fields.Text(
        translate=True, help="What the score says about a customer, in plain words"
    )
    evidence_template = fields.Char(
        string="Evidence in Words",
        translate=True,
        help="How the figures behind a value are told. Names of figures in braces are "
        "replaced: Bought {frequency} times, last {recency} days ago",
    )
    decimals = fields.Integer(default=2, help="Digits shown after the decimal point")
    higher_is_better = fields.Boolean(
        default=True,
        help="Off where a low value is good, as days since the last purchase",
    )
    active = fields.Boolean(default=True)
    version = fields.Char(
        readonly=True, copy=False, help="Version of the model that gave the last values"
    )
    run_date = fields.Date(
        string="Computed For",
        readonly=True,
        copy=False,
        help="Day for which the scores were last computed",
    )
    cuts = fields.Json(
        readonly=True,
        copy=False,
        help="{company id or 0: the four values that part customers into fifths}",
    )
    backtests = fields.Json(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="{company id: {errors: as in backtest, text: in words}}",
    )
    backtest = fields.Json(
        compute="_compute_backtest", help="{metric: {model: error, baseline: error}}"
    )
    backtest_text = fields.Text(
        string="About the Backtest",
        compute="_compute_backtest",
        help="How the score did on a past it had not seen",
    )
    backtest_words = fields.Text(
        string="Against the Naive Guess", compute="_compute_backtest_words"
    )
    value_ids = fields.One2many("crm.score.value", "score_id", readonly=True)
    value_count = fields.Integer(string="Customers", compute="_compute_value_count")

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another score already has this code; choose a different one."
    )
    _decimals_range = models.Constraint(
        "CHECK (decimals BETWEEN 0 AND 6)", "A score shows between 0 and 6 decimals."
    )

    @api.depends("backtests")
    @api.depends_context("company")
    def _compute_backtest(self):
        """Each company sees how the score did on its own customers."""
        company = str(self.env.company.id)
        for score in self:
            # sudo: of all companies' backtests only the current company's is shown
            own = (score.sudo().backtests or {}).get(company) or {}
            score.backtest = own.get("errors") or False
            score.backtest_text = own.get("text") or False

    @api.depends("backtest")
    @api.depends_context("lang", "company")
    def _compute_backtest_words(self):
        for score in self:
            backtest = score.backtest if isinstance(score.backtest, dict) else {}
            lines = [
                score._compare_in_words(metric, errors)
                for metric, errors in backtest.items()
                if isinstance(errors, dict)
            ]
            score.backtest_words = "\n".join(filter(None, lines))

    def _compute_value_count(self):
        groups = self.env["crm.score.value"]._read_group(
            [("score_id", "in", self.ids)], ["score_id"], ["__count"]
        )
        counts = {score.id: count for score, count in groups}
        for score in self:
            score.value_count = counts.get(score.id, 0)

    def unlink(self):
        """Without its score a segment would take more than it was meant to.

        Whoever deletes a score is told; where the score leaves with its addon, segments
        that look at it are archived.
        """
        self._get_segments().action_archive()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        segments = self._get_segments()
        if segments:
            raise UserError(
                self.env._(
                    "Segments look at this score: %(segments)s. Take it out of them "
                    "first, or archive the score.",
                    segments=", ".join(segments.mapped("name")),
                )
            )

    def _get_segments(self):
        # sudo: segments of all companies
        conditions = self.env["crm.segment.condition"].sudo()
        found = conditions.search(
            ["|", ("score_id", "in", self.ids), ("second_id", "in", self.ids)]
        ).segment_id
        return found.with_context(active_test=False)

    def action_open_values(self):
        """Open the customers of this score with their values."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_score_value"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [("score_id", "=", self.id)],
            "context": {"default_score_id": self.id},
        }

    # ------------------------------------------------------------------ private

    def _store_backtest(self, company, errors, text):
        """Keep how the score did on the customers of one company."""
        self.ensure_one()
        score = self.sudo()  # whoever computes may write it; nobody else reads it
        kept = {"errors": errors, "text": text}
        score.backtests = {**(score.backtests or {}), str(company.id): kept}

    def _get_band_domain(self, band, cuts):
        """Values of one band, 1 (worst) to 5 (best), between its two cut points."""
        place = band - 1 if self.higher_is_better else 5 - band
        domain = Domain.TRUE
        if place > 0:
            domain &= Domain("value", ">", cuts[place - 1])
        if place < len(cuts):
            domain &= Domain("value", "<=", cuts[place])
        return domain

    def _compare_in_words(self, metric, errors):
        """One line on one metric of error, of which less is better."""
        model, baseline = errors.get("model"), errors.get("baseline")
        numbers = (int, float)
        if not isinstance(model, numbers) or not isinstance(baseline, numbers):
            return False
        values = {
            "metric": metric,
            "model": f"{model:.4g}",
            "baseline": f"{baseline:.4g}",
        }
        if not baseline or model == baseline:
            return self.env._(
                "%(metric)s: error %(model)s, the naive guess has %(baseline)s.",
                **values,
            )
        values["percent"] = f"{abs(1 - model / baseline):.0%}"
        if model < baseline:
            return self.env._(
                "%(metric)s: error %(model)s, which is %(percent)s less than the "
                "%(baseline)s of the naive guess.",
                **values,
            )
        return self.env._(
            "%(metric)s: error %(model)s, which is %(percent)s more than the "
            "%(baseline)s of the naive guess. The guess is the better one here.",
            **values,
        )
