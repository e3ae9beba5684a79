import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...earning import control

PAYMENT = ("gift_card", "ewallet")  # their points are money and are not played with
SECRET = "crm_extended.control_group_key"


class LoyaltyProgram(models.Model):
    """What a programme may do beyond Odoo's rules: to whom, how much more, how far."""

    _inherit = "loyalty.program"

    crm_segment_ids = fields.Many2many(
        "crm.segment",
        "loyalty_program_segment_rel",
        "program_id",
        "segment_id",
        string="Only for Segments",
        help="The programme is offered to customers in one of these segments. Empty: "
        "to all",
    )
    crm_multiplier_ids = fields.One2many(
        "crm.loyalty.multiplier", "program_id", string="Multipliers", copy=True
    )
    crm_multiplier_mode = fields.Selection(
        [("max", "The highest counts"), ("product", "All are multiplied")],
        string="When Several Hold",
        default="max",
        required=True,
        help="What points are multiplied by when more than one multiplier holds",
    )
    crm_multiplier_ceiling = fields.Float(
        string="At Most ×", help="Points are never multiplied by more. 0: no limit"
    )
    crm_stacking_id = fields.Many2one(
        "crm.loyalty.stacking",
        string="Stacking Group",
        index="btree_not_null",
        ondelete="set null",
        help="Programmes of a group exclude each other on one order",
    )
    crm_event_rule_ids = fields.One2many(
        "crm.loyalty.event.rule", "program_id", string="Points for Events", copy=True
    )
    crm_control_share = fields.Float(
        string="Control Group (%)",
        help="So many percent of the customers, drawn by the system, are not offered "
        "the programme. What they buy shows what the programme brings. 0: nobody",
    )
    crm_control_since = fields.Date(
        string="Control Group Since",
        readonly=True,
        copy=False,
        help="From this day on purchases are compared",
    )

    _crm_control_range = models.Constraint(
        "CHECK (crm_control_share >= 0 AND crm_control_share <= 50)",
        "A control group is 0 to 50 percent of the customers.",
    )
    _crm_ceiling_positive = models.Constraint(
        "CHECK (crm_multiplier_ceiling = 0 OR crm_multiplier_ceiling >= 1)",
        "The highest multiplier is at least 1, or 0 for no limit.",
    )

    @api.constrains(
        "program_type", "crm_control_share", "crm_multiplier_ids", "crm_stacking_id"
    )
    def _check_crm_payment(self):
        """Gift cards and e-wallets hold customers' money, which is given to nobody."""
        for program in self:
            if program.program_type in PAYMENT and (
                program.crm_control_share
                or program.crm_multiplier_ids
                or program.crm_stacking_id
            ):
                raise ValidationError(
                    self.env._(
                        "“%(program)s” holds money that customers have paid. It cannot "
                        "have multipliers, a stacking group or a control group; use a "
                        "loyalty programme for these.",
                        program=program.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        programs = super().create(vals_list)
        programs._note_control_since()
        return programs

    def write(self, vals):
        result = super().write(vals)
        if "crm_control_share" in vals:
            self._note_control_since()
        return result

    def _note_control_since(self):
        today = fields.Date.context_today(self)
        for program in self:
            begun = bool(program.crm_control_share)
            if begun != bool(program.crm_control_since):
                program.crm_control_since = today if begun else False

    # ------------------------------------------------------------------ who is left out

    @api.model
    def _get_control_key(self):
        """The key of the draw; made once, known to the system alone."""
        # sudo: a secret that no user reads
        parameters = self.env["ir.config_parameter"].sudo()
        key = parameters.get_param(SECRET)
        if not key:
            key = secrets.token_hex(32)
            parameters.set_param(SECRET, key)
        return key

    def _is_control(self, partner):
        """Whether the customer is in the control group: he is not offered anything.

        The company decides for its people, so that colleagues see one offer.
        """
        self.ensure_one()
        partner = partner.commercial_partner_id
        return bool(
            partner.id and self.crm_control_share and not partner.is_public
        ) and control.is_control(
            self._get_control_key(), self.id, partner.id, self.crm_control_share
        )

    def _get_control_sql(self, partner):
        """SQL condition: the partner (an SQL expression) is in the control group."""
        self.ensure_one()
        key = self._get_control_key()
        number = SQL(
            control.SQL_NUMBER.replace("{partner}", "(%s)"),
            key,
            str(self.id),
            partner,
            key,
        )
        return SQL("(%s) < %s", number, control.threshold(self.crm_control_share))

    def _get_refusals(self, partner):
        """Why programmes are not offered to a customer: {program: code}.

        Codes: `control` (left out for comparison), `segment` (not in the segments).
        """
        found = self._get_refusals_by(partner)
        return found.get(partner.id, {})

    def _get_refusals_by(self, partners):
        """The same for many customers: {partner id: {program: code}}."""
        # sudo: conduct holds for whoever takes the order
        asked = self.sudo().filtered(lambda p: p.crm_control_share or p.crm_segment_ids)
        if not asked:
            return {}
        segments = self._get_segments_by(partners) if asked.crm_segment_ids else {}
        refused = {}
        for partner in partners:
            mine = segments.get(partner.id, ())
            codes = {}
            for program in asked:
                if program._is_control(partner):
                    codes[self.browse(program.id)] = "control"
                elif program.crm_segment_ids and not mine & set(
                    program.crm_segment_ids.ids
                ):
                    codes[self.browse(program.id)] = "segment"
            if codes:
                refused[partner.id] = codes
        return refused

    @api.model
    def _get_segments_by(self, partners):
        """Ids of the segments that customers or their companies are in now.

        :return: {partner id: set of segment ids}
        """
        return self._get_memberships("crm_segment_current", "segment_id", partners)

    @api.model
    def _get_levels_by(self, partners):
        """Ids of the levels of customers now: {partner id: set of level ids}."""
        return self._get_memberships("crm_loyalty_tier_current", "level_id", partners)

    @api.model
    def _get_memberships(self, view, column, partners):
        companies = {p._origin.id: p.commercial_partner_id._origin.id for p in partners}
        ids = {id_ for pair in companies.items() for id_ in pair if id_}
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id, array_agg(%(column)s) FROM %(view)s "
                "WHERE partner_id = ANY(%(ids)s) GROUP BY partner_id",
                column=SQL.identifier(column),
                view=SQL.identifier(view),
                ids=list(ids),
            )
        )
        found = {partner: set(values) for partner, values in rows}
        return {
            partner: found.get(partner, set()) | found.get(company, set())
            for partner, company in companies.items()
        }

    # ------------------------------------------------------------------ limits

    def _show_points(self, points):
        """An amount of points with their name."""
        self.ensure_one()
        return f"{points:g} {self.portal_point_name or ''}".strip()

    # ------------------------------------------------------------------ buttons

    def action_open_simulations(self):
        """Try the programme on past orders, or see how earlier trials went."""
        self.ensure_one()
        return self._open_runs("crm_extended.action_loyalty_simulation")

    def action_open_uplifts(self):
        """See what the programme brings against its control group."""
        self.ensure_one()
        return self._open_runs("crm_extended.action_loyalty_uplift")

    def _open_runs(self, xmlid):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return {
            **action,
            "domain": [("program_id", "=", self.id)],
            "context": {"default_program_id": self.id},
        }
