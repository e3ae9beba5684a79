from odoo import api, fields, models
from odoo.tools import SQL

from .rules import APPLIED

KINDS = [
    ("beyond", "Decided beyond the Policy"),
    ("waiting", "Waits for Approval"),
    ("override", "Exception Granted"),
    ("by_hand", "Entered by Hand"),
]
APPROVALS = """
    SELECT a.id * 10 + 1, CASE a.state WHEN 'waiting' THEN 'waiting' ELSE 'beyond' END,
           COALESCE(a.decided_at, a.create_date), a.partner_id, a.company_id, a.team_id,
           a.user_id, a.policy_id, a.kind, a.own_right, a.asked - a.allowed,
           'crm.policy.approval', a.id
      FROM crm_policy_approval a WHERE a.state IN ('waiting', 'approved')
"""
OVERRIDES = """
    SELECT o.id * 10 + 2, 'override', COALESCE(o.decided_at, o.create_date),
           o.partner_id, o.company_id, NULL::int, o.user_id, NULL::int, o.rule, FALSE,
           NULL::float8, 'crm.policy.override', o.id
      FROM crm_policy_override o
     WHERE o.state = 'granted' OR (o.state = 'ended' AND o.decided_by_id IS NOT NULL)
"""
BY_HAND = """
    SELECT e.id * 10 + 3, 'by_hand', p.write_date, e.partner_id, e.company_id,
           NULL::int, p.write_uid, e.policy_id, e.rule, FALSE, NULL::float8,
           'res.partner', p.id
      FROM crm_policy_effect e JOIN res_partner p ON p.id = e.partner_id
     WHERE e.rule = %(rule)s
       AND COALESCE(p.%(column)s -> e.company_id::text,
                    %(fallbacks)s::jsonb -> e.company_id::text, 'null'::jsonb)
           != e.value
"""


class CrmPolicyException(models.Model):
    """One time that a customer was not treated as the policy says, and by whom.

    Are we consistent? Counted by team, person, rule and month. Addons add their own
    kinds by `_get_parts`.
    """

    _name = "crm.policy.exception"
    _description = "Exception from a Policy"
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "crm.policy.approval": ["state", "decided_at", "asked", "allowed", "user_id"],
        "crm.policy.override": ["state", "decided_at", "rule", "user_id"],
        "crm.policy.effect": ["partner_id", "rule", "value", "policy_id"],
        "res.partner": [applied.column for applied in APPLIED],
    }

    kind = fields.Selection(KINDS, readonly=True)
    date = fields.Datetime(readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    user_id = fields.Many2one("res.users", string="Person", readonly=True)
    policy_id = fields.Many2one("crm.policy", readonly=True)
    rule = fields.Selection(
        selection=lambda self: self._get_rule_names(), string="About", readonly=True
    )
    own_right = fields.Boolean(string="By Own Right", readonly=True)
    excess = fields.Float(
        string="Beyond By",
        readonly=True,
        aggregator="avg",
        help="Percent of discount, hours, or an amount of money",
    )
    res_model = fields.Char(readonly=True)
    res_id = fields.Integer(readonly=True, aggregator=None)

    @api.model
    def _get_rule_names(self):
        overrides = self.env["crm.policy.override"]._fields["rule"]
        approvals = self.env["crm.policy.approval"]._fields["kind"]
        return [
            *approvals._description_selection(self.env),
            *overrides._description_selection(self.env),
            ("response_late", self.env._("Answer Too Late")),
        ]

    @property
    def _table_query(self):
        columns = SQL(
            "id, kind, date, partner_id, company_id, team_id, user_id, policy_id, "
            "rule, own_right, excess, res_model, res_id"
        )
        rows = SQL(" UNION ALL ").join(self._get_parts())
        return SQL("SELECT * FROM (%s) AS rows (%s)", rows, columns)

    @api.model
    def _get_parts(self):
        """SELECTs of the columns of this model, in their order; override to add one.

        Ids are ten times the id of the row, plus a digit of the part's own.
        """
        defaults = self.env["ir.default"].sudo()
        by_hand = [
            SQL(
                BY_HAND,
                rule=applied.rule,
                column=SQL.identifier(applied.column),
                fallbacks=defaults._get_field_column_fallbacks(
                    "res.partner", applied.column
                ),
            )
            for applied in APPLIED
        ]
        return [SQL(APPROVALS), SQL(OVERRIDES), *by_hand]

    @api.depends("kind", "partner_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for row in self:
            row.display_name = f"{row.partner_id.name}: {kinds.get(row.kind, '')}"

    def action_open_document(self):
        """Open what the exception was about, if the reader may see it."""
        self.ensure_one()
        document = self.env[self.res_model].browse(self.res_id)
        document.check_access("read")
        if self.res_model == "crm.policy.approval":
            return document.action_open_document()
        return document.get_formview_action()

    def action_set_again(self):
        """Give the customers back what their policies say, where it was overwritten."""
        self.check_access("read")
        if not self.env.user.has_group("crm_extended.group_policy_manager"):
            return False
        rows = self.filtered(lambda row: row.kind == "by_hand")
        effects = (
            self.env["crm.policy.effect"].sudo().browse(row.id // 10 for row in rows)
        )
        owners = effects.partner_id
        effects._take_back()
        self.env["crm.policy"].sudo()._apply(owners.ids)
        self.invalidate_model()
        return True
