from odoo import api, fields, models

MONEY = ("gift_card", "ewallet")  # their points are money
ORIGINS = [
    ("stated", "Stated"),
    ("face", "Face value"),
    ("reward", "From the rewards"),
    ("unknown", "Not known"),
]


class LoyaltyProgram(models.Model):
    """What a programme's points are worth, and which company owes them."""

    _inherit = "loyalty.program"

    crm_point_value_ids = fields.One2many(
        "crm.loyalty.point.value",
        "program_id",
        string="Values of a Point",
        groups="crm_extended.group_loyalty_user,account.group_account_readonly",
    )
    crm_point_value = fields.Float(
        string="Money per Point",
        digits=(16, 6),
        compute="_compute_crm_point_value",
        inverse="_inverse_crm_point_value",
        help="What one point is worth today in the programme's currency: as stated, "
        "else the best that the rewards give for a point. Points of e-wallets and gift "
        "cards are money.",
    )
    crm_point_value_origin = fields.Selection(
        ORIGINS, string="Known From", compute="_compute_crm_point_value"
    )
    crm_bearer_id = fields.Many2one(
        "res.company",
        string="Liability Borne By",
        compute="_compute_crm_bearer_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        groups="crm_extended.group_loyalty_user,account.group_account_readonly",
        help="The company in whose accounts the outstanding points stand. Choose it "
        "for a programme that several companies share.",
    )

    @api.depends(
        "program_type",
        "crm_point_value_ids.value",
        "crm_point_value_ids.date_from",
        "crm_point_value_ids.company_id",
        "reward_ids.discount",
        "reward_ids.discount_mode",
        "reward_ids.required_points",
        "reward_ids.reward_type",
    )
    @api.depends_context("company")
    def _compute_crm_point_value(self):
        found = self._get_point_values(
            self.env.company, fields.Date.context_today(self), origins=True
        )
        for program in self:
            value, origin = found.get(program.id) or program._guess_point_value()
            program.crm_point_value = value
            program.crm_point_value_origin = origin

    def _inverse_crm_point_value(self):
        """A value that is entered is stated from today on, for all companies."""
        today = fields.Date.context_today(self)
        values = self.env["crm.loyalty.point.value"]
        known = values.search(
            [
                ("program_id", "in", self.ids),
                ("company_id", "=", False),
                ("date_from", "=", today),
            ]
        )
        by_program = {row.program_id: row for row in known}
        for program in self:
            vals = {"program_id": program.id, "value": program.crm_point_value}
            if program in by_program:
                by_program[program].value = program.crm_point_value
            else:
                values.create({**vals, "date_from": today})

    @api.depends("company_id")
    def _compute_crm_bearer_id(self):
        for program in self:
            program.crm_bearer_id = program.company_id or program.crm_bearer_id

    # ------------------------------------------------------------------ for others

    def _get_point_values(self, company, day, origins=False):
        """Money per point in each programme's currency on a day.

        :param company: `res.company` whose values go before those for all
        :param origins: also say how the value is known
        :return: {programme id: value}, or {programme id: (value, origin)}
        """
        # sudo: what a point is worth is no secret of whoever may use the programme
        stated = self.env["crm.loyalty.point.value"].sudo()
        stated = stated._get_stated(self, company, day)
        found = {}
        for program in self:
            pair = (
                (stated[program.id], "stated")
                if program.id in stated
                else program._guess_point_value()
            )
            found[program.id] = pair if origins else pair[0]
        return found

    def _guess_point_value(self):
        """The best that a reward gives for a point, for programmes that state nothing.

        Percentages and free products have no value of their own before an order is
        known, so they give none.
        """
        self.ensure_one()
        if self.program_type in MONEY:
            return 1.0, "face"
        worth = 0.0
        for reward in self.sudo().reward_ids:
            if reward.reward_type != "discount":
                continue
            if reward.discount_mode == "per_point":
                worth = max(worth, reward.discount)
            elif reward.discount_mode == "per_order" and reward.required_points:
                worth = max(worth, reward.discount / reward.required_points)
        return worth, "reward" if worth else "unknown"
