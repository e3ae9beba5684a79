from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.privacy.crm_consent import PROOFS


class ConsentAnswer(models.TransientModel):
    """Write down what a person said about one purpose, with the text and the proof."""

    _name = "crm.consent.answer"
    _description = "Record a Consent"

    partner_id = fields.Many2one("res.partner", string="Customer")
    email = fields.Char(string="E-mail", help="Of somebody who is no customer yet")
    purpose_id = fields.Many2one("crm.consent.purpose", required=True)
    usable_channel_ids = fields.Many2many(
        related="purpose_id.channel_ids", string="Channels of the Purpose"
    )
    channel_ids = fields.Many2many(
        "crm.consent.channel",
        string="Channels",
        help="Empty: all channels of the purpose",
    )
    answer = fields.Selection(
        [
            ("given", "Agrees"),
            ("withdrawn", "Withdraws"),
            ("objected", "Objects"),
        ],
        required=True,
        default="given",
    )
    date = fields.Datetime(string="Said On", required=True, default=fields.Datetime.now)
    wording_id = fields.Many2one(
        "crm.consent.wording",
        string="Text",
        compute="_compute_wording_id",
        store=True,
        readonly=False,
        domain="[('purpose_id', '=', purpose_id)]",
    )
    wording_text = fields.Text(related="wording_id.text", string="Wording")
    proof_kind = fields.Selection(PROOFS, string="How", required=True, default="spoken")
    proof = fields.Text(string="Details", help="Where, to whom, in which words")
    proof_file = fields.Binary(string="Document")
    proof_file_name = fields.Char()
    confirmed = fields.Boolean(
        string="Confirmed in a second step",
        help="For example by a link in an e-mail (double opt-in)",
    )

    @api.depends("purpose_id")
    def _compute_wording_id(self):
        for record in self:
            record.wording_id = record.purpose_id.wording_id

    def action_record(self):
        """Note the answer, once for each channel."""
        self.ensure_one()
        if not self.partner_id and not self.email:
            raise UserError(self.env._("Choose the customer, or enter an e-mail."))
        values = {
            name: self[name]
            for name in (
                "email",
                "answer",
                "date",
                "proof_kind",
                "proof",
                "proof_file",
                "proof_file_name",
                "confirmed",
            )
        }
        values["partner_id"] = self.partner_id.id
        values["purpose_id"] = self.purpose_id.id
        values["wording_id"] = self.wording_id.id
        places = self.channel_ids or [self.channel_ids]
        self.env["crm.consent"].create(
            [{**values, "channel_id": place.id} for place in places]
        )
        return {"type": "ir.actions.act_window_close"}
