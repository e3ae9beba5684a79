from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...identity.model import Model, probability, untrained, weight_of

KINDS = [("person", "Persons"), ("company", "Companies")]


class Search(NamedTuple):
    """What the search on entry needs of the rules of a kind, without the ORM."""

    rules: tuple
    model: Model
    threshold_review: float
    threshold_automatic: float


class CrmMatchSetting(models.Model):
    """How records of one kind are compared, and from where on they are one customer.

    Thresholds are match weights in bits, as in Fellegi and Sunter (1969): 0 is even
    odds, each bit doubles them. Below the threshold of review a pair is not proposed;
    between the two a person decides; above the second the pair counts as certain.
    """

    _name = "crm.match.setting"
    _inherit = "crm.kept.mixin"
    _description = "Matching Rules"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(KINDS, required=True, default="person")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    threshold_review = fields.Float(
        string="Propose from (bits)",
        required=True,
        default=2.0,
        help="Pairs that weigh less are not proposed. 0 bits are even odds.",
    )
    threshold_automatic = fields.Float(
        string="Certain from (bits)",
        required=True,
        default=16.0,
        help="Pairs that weigh as much, and differ in nothing that must not differ, "
        "are marked as certain.",
    )
    review_probability = fields.Float(
        string="Propose from (probability)",
        compute="_compute_probabilities",
        inverse="_inverse_review_probability",
    )
    automatic_probability = fields.Float(
        string="Certain from (probability)",
        compute="_compute_probabilities",
        inverse="_inverse_automatic_probability",
    )
    merge_automatically = fields.Boolean(
        string="Merge Certain Ones",
        help="Runs merge what is certain without asking. A merge can be undone.",
    )
    engine = fields.Selection(
        [("duckdb", "This Machine (DuckDB)"), ("spark", "A Spark Cluster")],
        required=True,
        default="duckdb",
        help="Spark is for tens of millions of records; it needs the library pyspark.",
    )
    training_pairs = fields.Integer(
        required=True,
        default=1_000_000,
        help="Pairs that each step of training looks at, at most",
    )
    comparison_ids = fields.One2many(
        "crm.match.comparison", "setting_id", string="Comparisons", copy=True
    )
    rule_ids = fields.One2many(
        "crm.match.rule", "setting_id", string="Looked at When They Share", copy=True
    )
    trained_at = fields.Datetime(string="Trained On", readonly=True, copy=False)
    trained_rows = fields.Integer(
        string="Trained with", readonly=True, copy=False, help="Customers at that time"
    )
    weights = fields.Json(
        string="Trained Model", readonly=True, copy=False, prefetch=False
    )
    weight_ids = fields.Json(string="Weights", compute="_compute_weight_ids")
    trained_note = fields.Text(string="Training Notes", compute="_compute_trained_note")

    _thresholds = models.Constraint(
        "CHECK (threshold_automatic >= threshold_review)",
        "What is certain cannot weigh less than what is proposed.",
    )
    _pairs_range = models.Constraint(
        "CHECK (training_pairs BETWEEN 10000 AND 100000000)",
        "Training looks at 10,000 to 100,000,000 pairs.",
    )

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "Only training writes what it learnt: %(fields)s. Start a matching run.",
            fields=labels,
        )

    # ------------------------------------------------------------------ thresholds

    @api.depends("threshold_review", "threshold_automatic")
    def _compute_probabilities(self):
        for setting in self:
            setting.review_probability = probability(setting.threshold_review)
            setting.automatic_probability = probability(setting.threshold_automatic)

    def _inverse_review_probability(self):
        for setting in self:
            setting.threshold_review = setting._bits(setting.review_probability)

    def _inverse_automatic_probability(self):
        for setting in self:
            setting.threshold_automatic = setting._bits(setting.automatic_probability)

    def _bits(self, share):
        if not 0 < share < 1:
            raise ValidationError(
                self.env._(
                    "%(setting)s: a probability is between 0 and 1, such as 0.95.",
                    setting=self.display_name,
                )
            )
        return weight_of(share)

    @api.constrains("threshold_review", "threshold_automatic")
    def _check_thresholds(self):
        for setting in self:
            for bits in (setting.threshold_review, setting.threshold_automatic):
                if not -30 <= bits <= 100:  # NaN too
                    raise ValidationError(
                        self.env._(
                            "%(setting)s: thresholds are between -30 and 100 bits.",
                            setting=setting.display_name,
                        )
                    )

    @api.constrains("comparison_ids", "rule_ids")
    def _check_lines(self):
        for setting in self.filtered("active"):
            if not setting.comparison_ids or not setting.rule_ids:
                raise ValidationError(
                    self.env._(
                        "%(setting)s: add at least one comparison and one rule that "
                        "says which records are looked at.",
                        setting=setting.display_name,
                    )
                )

    # ------------------------------------------------------------------ what it means

    @api.model
    def _for_kind(self, kind):
        """The setting that holds for persons or for companies; may be empty."""
        return self.sudo().search([("kind", "=", kind)], limit=1)

    @api.model
    @tools.ormcache("kind", "self.env.lang")
    def _get_search(self, kind):
        """The rules of a kind as `Search`, or None; read once, not per customer."""
        setting = self._for_kind(kind)
        if not setting:
            return None
        return Search(
            tuple(setting._get_rules()),
            setting._get_model(),
            setting.threshold_review,
            setting.threshold_automatic,
        )

    def _get_comparisons(self):
        return [line._get_comparison() for line in self.comparison_ids]

    def _get_rules(self):
        return [line._get_columns() for line in self.rule_ids]

    def _get_model(self):
        """The trained model, or one by rule of thumb until there was a training."""
        self.ensure_one()
        lang = self.env.lang
        lines = self.comparison_ids | self.rule_ids.setting_id.comparison_ids
        changed = max([self.write_date, *lines.mapped("write_date")])
        return self._load_model(self.id, changed, lang)

    @tools.ormcache("setting_id", "changed", "lang")
    def _load_model(self, setting_id, changed, lang):
        setting = self.browse(setting_id)
        comparisons = setting._get_comparisons()
        return Model.from_json(setting.weights, comparisons) or untrained(comparisons)

    def _is_trained(self):
        self.ensure_one()
        return bool(Model.from_json(self.weights, self._get_comparisons()))

    def _keep_model(self, model):
        """Store what was trained, with when and on how much."""
        self.sudo().write(
            {
                "weights": model.to_json(),
                "trained_at": fields.Datetime.now(),
                "trained_rows": model.rows,
            }
        )

    def _compute_weight_ids(self):
        for setting in self:
            comparisons = setting._get_comparisons()
            model = Model.from_json(setting.weights, comparisons)
            setting.weight_ids = [
                {
                    "label": weights.comparison.label,
                    "level": code,
                    "m": weights.m[number],
                    "u": weights.u[number],
                    "bits": round(weights.bits(number), 2),
                }
                for weights in (model.weights if model else [])
                for number, code in enumerate(weights.comparison.codes)
            ]

    @api.depends("weights")
    def _compute_trained_note(self):
        for setting in self:
            data = setting.weights or {}
            labels = {line.field: line.name for line in setting.comparison_ids}
            setting.trained_note = "\n".join(
                setting._tell_note(code, labels.get(name, name))
                for code, name in data.get("notes", [])
            )

    def _tell_note(self, code, name):
        texts = {
            "empty": self.env._("%(name)s: no values, not compared.", name=name),
            "constant": self.env._(
                "%(name)s: never differs among true matches, so its weights could not "
                "be learnt. The usual ones are taken.",
                name=name,
            ),
            "m_untrained": self.env._(
                "%(name)s: no rule left it free for learning. The usual weights are "
                "taken.",
                name=name,
            ),
        }
        return texts.get(code, name)

    # ------------------------------------------------------------------ buttons

    def action_start_run(self):
        """Begin a run with these rules and show it."""
        self.ensure_one()
        run = self.env["crm.match.run"].create({"setting_id": self.id})
        run.action_start()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.match.run",
            "res_id": run.id,
            "views": [(False, "form")],
        }

    @api.model_create_multi
    def create(self, vals_list):
        settings = super().create(vals_list)
        self.env.registry.clear_cache()
        return settings

    def unlink(self):
        done = super().unlink()
        self.env.registry.clear_cache()
        return done

    def write(self, vals):
        done = super().write(vals)
        self.env.registry.clear_cache()  # the model as it was read
        if {"active", "kind"} & vals.keys():
            self.env["crm.match.key"]._mark_all()
        return done
