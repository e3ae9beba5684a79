from odoo import api, fields, models

from ..channels import CHANNELS as ADAPTERS
from .crm_work_item import OPEN_STATES


class WorkItem(models.Model):
    """Who the customer is, what we know of him, and what goes on his record."""

    _inherit = "crm.work.item"

    # The customer's card at the side of the form
    partner_phone = fields.Char(related="partner_id.phone", string="Phone")
    partner_email = fields.Char(related="partner_id.email", string="E-mail")
    partner_segment_ids = fields.Many2many(
        "crm.segment", compute="_compute_customer_card", string="Segments"
    )
    partner_score_ids = fields.Many2many(
        "crm.score.value", compute="_compute_customer_card", string="Scores"
    )
    recent_interaction_ids = fields.Many2many(
        "crm.interaction", compute="_compute_customer_card", string="Last Interactions"
    )
    other_item_ids = fields.Many2many(
        "crm.work.item", compute="_compute_customer_card", string="Other Open Items"
    )
    interaction_ids = fields.One2many(
        "crm.interaction",
        "res_id",
        string="Interactions",
        domain=[("res_model", "=", "crm.work.item")],
        readonly=True,
    )

    @api.depends("partner_id")
    def _compute_customer_card(self):
        """What an agent should know at a glance; read for the one customer shown."""
        today = fields.Date.context_today(self)
        for item in self:
            here = [
                ("partner_id", "=", item.partner_id.id),
                ("company_id", "in", [False, item.company_id.id]),
            ]
            valid = ["|", ("valid_to", "=", False), ("valid_to", ">", today)]
            none = not item.partner_id
            item.partner_segment_ids = not none and (
                self.env["crm.segment.member"].search(here + valid).segment_id
            )
            item.partner_score_ids = not none and (
                self.env["crm.score.value"].search(here, limit=12)
            )
            item.recent_interaction_ids = not none and (
                self.env["crm.interaction"].search(here, limit=5)
            )
            item.other_item_ids = not none and self.search(
                [
                    ("partner_id", "=", item.partner_id.id),
                    ("state", "in", OPEN_STATES),
                    ("id", "!=", item._origin.id),
                ],
                limit=10,
            )

    # ------------------------------------------------------------------ from a channel

    @api.model
    def _open_from(self, inbound, values):
        """Put what came in on any channel in its queue, on its customer if he is known.

        Several customers at one address are offered to the agent, never guessed. A
        stranger becomes a prospect where the company wants it.

        :param inbound: `channels.payload.Inbound`
        :param values: values of the item that the channel knows, `queue_id` among them
        """
        queue = self.env["crm.queue"].browse(values.get("queue_id")).exists()
        queue = queue or self._default_queue()
        if not queue:
            raise ValueError(
                "No queue takes this message: set a default queue in the settings of "
                "the contact centre"
            )
        company, sender = queue.company_id, inbound.sender
        partners = self.env["res.partner"]
        colleague = partners._is_colleague_address(sender)
        if not colleague:
            partners = partners._find_customers(sender, company)
        if not partners and not colleague and company.contact_create_prospect:
            partners = partners._create_prospect(sender, company, inbound.channel)
        item = self.create(
            {
                **values,
                "queue_id": queue.id,
                "name": inbound.subject,
                "channel": inbound.channel,
                "is_unverified": colleague,
                "partner_id": partners.id if len(partners) == 1 else False,
            }
        )
        if len(partners) > 1:
            item._offer_candidates(partners)
        return item

    def _offer_candidates(self, partners):
        reason = self.env._("Has this e-mail address")
        self.env["crm.work.candidate"].sudo().create(
            [
                {"item_id": self.id, "partner_id": partner.id, "reason": reason}
                for partner in partners
            ]
        )

    # ------------------------------------------------------------------ participants

    def _participants(self, sender):
        """The item's customer, or one of his people, if `sender` is their address.

        :return: (comparable addresses that may continue the conversation, partner)
        """
        self.ensure_one()
        item = self.sudo()
        partner = item.partner_id
        if partner.email_normalized != sender.value:
            partner = sender and partner.search(
                [
                    ("id", "child_of", partner.commercial_partner_id.ids),
                    ("email_normalized", "=", sender.value),
                    ("partner_share", "=", True),
                ],
                limit=1,
            )
        known = {item.email_normalized, partner and partner.email_normalized}
        if not partner and sender.value == item.email_normalized:
            partner = item.partner_id
        return frozenset(filter(None, known)), partner or item.partner_id.browse()

    # ------------------------------------------------------------------ his record

    def _note_contacts(self):
        """A contact entered by hand is an interaction at once; mail brings its own."""
        for item in self.filtered(lambda i: i.channel != "mail" and i.partner_id):
            self.env["crm.interaction"].sudo().create(
                {
                    **item._prepare_interaction_values(),
                    "date": item.asked_at or fields.Datetime.now(),
                    "user_id": self.env.uid,
                    "summary": item.note,
                }
            )

    def _note_messages(self, messages):
        """Put messages to and from the customer on his record, each once."""
        interactions = self.env["crm.interaction"].sudo()
        known = interactions.search([("message_id", "in", messages.ids)]).message_id
        for item in self.filtered("partner_id"):
            interactions.create(
                [
                    {
                        **item._prepare_interaction_values(),
                        "channel": "mail",
                        "direction": "in" if incoming else "out",
                        "date": message.date,
                        "user_id": not incoming and message.author_id.main_user_id.id,
                        "subject": message.subject or item.name,
                        "summary": message.preview,
                        "message_id": message.id,
                    }
                    for message in messages.sorted("id") - known
                    if message.model == self._name and message.res_id == item.id
                    for incoming in [message.message_type == "email"]
                ]
            )

    def _prepare_interaction_values(self):
        return {
            "partner_id": self.partner_id.id,
            "direction": "in",
            "channel": self.channel,
            "subject": self.name,
            "res_model": self._name,
            "res_id": self.id,
            "company_id": self.company_id.id,
        }

    def _adopt_customer(self):
        """Bring what was said so far onto the record of the customer just chosen."""
        for item in self.sudo():
            item.candidate_ids.unlink()
            if not item.partner_id:
                item.interaction_ids.unlink()
                continue
            item.interaction_ids.partner_id = item.partner_id
            if not item.interaction_ids:
                item._note_contacts()
            item._note_messages(item._customer_messages())
            item._unsigned_messages().author_id = item.partner_id

    def _customer_messages(self):
        """Messages between us and the customer; notes and log lines are none."""
        return self.message_ids.filtered(
            lambda m: (
                (m.message_type == "email" and not m.is_internal) or self._is_answer(m)
            )
        )

    def _unsigned_messages(self):
        """Received messages with no author that came from the chosen customer."""
        address = ADAPTERS["mail"].address
        return self.message_ids.filtered(
            lambda m: (
                m.message_type == "email"
                and not m.author_id
                and not self.is_unverified
                and address(m.email_from).value == self.partner_id.email_normalized
            )
        )
