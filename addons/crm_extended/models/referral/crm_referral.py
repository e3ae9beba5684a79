from odoo import api, fields, models
from odoo.exceptions import UserError

STATES = [
    ("open", "To Buy"),
    ("waiting", "In the Time of Returns"),
    ("suspicious", "To Decide"),
    ("rewarded", "Rewarded"),
    ("refused", "Refused"),
    ("expired", "Expired"),
]
VIAS = [
    ("link", "Link"),
    ("order", "Code on an Order"),
    ("lead", "Code on a Lead"),
    ("hand", "By Hand"),
]


class Referral(models.Model):
    """One customer brought by another, from the link to the reward of both.

    The reward comes with the first purchase that was kept over the time of returns.
    Where signs of fraud are found (`referrals.fraud`) it waits for a decision. Steps
    write the facts; people decide, with a word why.
    """

    _name = "crm.referral"
    _description = "Referral"
    _inherit = ["crm.kept.mixin"]
    _order = "id desc"

    program_id = fields.Many2one(
        "crm.referral.program", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    code_id = fields.Many2one("crm.referral.code", readonly=True, ondelete="set null")
    referrer_id = fields.Many2one(
        "res.partner",
        string="Brought By",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    friend_id = fields.Many2one(
        "res.partner",
        string="New Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    state = fields.Selection(
        STATES, default="open", required=True, readonly=True, index=True
    )
    via = fields.Selection(VIAS, string="How", required=True, readonly=True)
    referred_on = fields.Date(string="Since", required=True, readonly=True)
    bought_on = fields.Date(string="First Purchase", readonly=True)
    due_on = fields.Date(
        string="Reward Due", readonly=True, help="When the days to return are over"
    )
    amount = fields.Monetary(
        string="Bought", readonly=True, help="Less returned, when it was last looked at"
    )
    rewarded_on = fields.Date(readonly=True)
    reasons = fields.Text(readonly=True, help="Signs that ask for a decision")
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    note = fields.Char(string="Why Decided So")

    _friend_uniq = models.UniqueIndex(
        "(company_id, friend_id) WHERE state NOT IN ('refused', 'expired')",
        "This customer was brought by somebody already.",
    )
    _due_idx = models.Index("(due_on) WHERE state = 'waiting'")

    @api.depends("referrer_id", "friend_id")
    def _compute_display_name(self):
        for referral in self:
            referral.display_name = self.env._(
                "%(friend)s by %(referrer)s",
                friend=referral.friend_id.display_name,
                referrer=referral.referrer_id.display_name,
            )

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "A referral follows from what happened; decide it by its buttons. Not to "
            "be entered: %(fields)s.",
            fields=labels,
        )

    # ------------------------------------------------------------------ attribution

    @api.model
    def _attribute(self, friend, code, via, on_date=None):
        """Note that a customer was brought by the owner of a code; once, the first.

        :param friend: `res.partner` who came; its commercial entity counts
        :param code: `crm.referral.code`
        :return: `crm.referral`, empty when the customer was brought already or is the
            owner of the code
        """
        friend = friend.sudo().commercial_partner_id
        referrer = code.sudo().partner_id.commercial_partner_id
        company = code.sudo().company_id
        if not friend or not code.sudo().active or friend == referrer:
            return self.browse()
        known = self.sudo().search_count(
            [
                ("company_id", "=", company.id),
                ("friend_id", "=", friend.id),
                ("state", "not in", ("refused", "expired")),
            ],
            limit=1,
        )
        if known:
            return self.browse()
        return self.sudo().create(
            {
                "program_id": code.program_id.id,
                "company_id": company.id,
                "code_id": code.id,
                "referrer_id": referrer.id,
                "friend_id": friend.id,
                "via": via,
                "referred_on": on_date or fields.Date.context_today(self),
            }
        )

    # ------------------------------------------------------------------ decisions

    def action_accept(self):
        """It is a new customer: reward both."""
        self._check_decidable()
        kept = self.sudo()
        kept.write({"decided_by_id": self.env.uid})
        today = fields.Date.context_today(self)
        ripe = kept.filtered(lambda r: r.due_on and r.due_on <= today)
        (kept - ripe).write({"state": "waiting"})
        ripe._reward(today)
        return True

    def action_refuse(self):
        """It is none: nobody is rewarded."""
        self._check_decidable()
        if not all(referral.note for referral in self):
            raise UserError(
                self.env._("Write why the referral is refused, then refuse it.")
            )
        self.sudo().write({"state": "refused", "decided_by_id": self.env.uid})
        return True

    def action_reopen(self):
        """Take a refusal back; it waits for a decision again."""
        self.check_access("write")
        if self.filtered(lambda referral: referral.state != "refused"):
            raise UserError(self.env._("Only a refused referral is taken up again."))
        self.sudo().write({"state": "suspicious", "decided_by_id": False})
        return True

    def _check_decidable(self):
        self.check_access("write")
        if self.filtered(lambda referral: referral.state != "suspicious"):
            raise UserError(
                self.env._("Only a referral that waits for a decision is decided.")
            )

    @api.model
    def _load_demo(self, rows):
        """Harmonia's referrals: (referrer, friend, days ago); for demo data alone."""
        partners = self.env["res.partner"]
        codes = self.env["crm.referral.code"]
        today = fields.Date.context_today(self)
        for referrer, friend, days in rows:
            owner = partners.browse(referrer)
            code = codes._get_codes(owner)[owner.id]
            day = fields.Date.subtract(today, days=days)
            self._attribute(partners.browse(friend), code, "link", day)
        self._follow()
        self._follow()
