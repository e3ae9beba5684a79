from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

OFFICER = "crm_extended.group_privacy_officer"


class MailingList(models.Model):
    _inherit = "mailing.list"

    purpose_id = fields.Many2one(
        "crm.consent.purpose",
        string="Consent Purpose",
        ondelete="set null",
        index="btree_not_null",
        help="Who unsubscribes from the list refuses this purpose. Empty: news and "
        "offers.",
    )

    unasked_count = fields.Integer(
        string="Without an Answer",
        compute="_compute_unasked_count",
        help="Subscribers who neither agreed to the purpose of the list nor refused",
    )

    @api.depends("subscription_ids", "purpose_id")
    def _compute_unasked_count(self):
        for mailing_list in self:
            mailing_list.unasked_count = len(mailing_list._find_unasked())

    def _find_unasked(self):
        """Subscribed contacts who said nothing about the purpose of the list yet."""
        self.ensure_one()
        purpose = self._get_purpose()
        contacts = (
            self.env["mailing.subscription"]
            .search(
                Domain("list_id", "in", self.ids)
                & Domain("opt_out", "=", False)
                & Domain("contact_id.email_normalized", "!=", False)
            )
            .contact_id
        )
        if not purpose:
            return contacts.browse()
        people = [(c.id, None, c.email_normalized, None) for c in contacts]
        consents = self.env["crm.consent"].sudo()
        verdicts = consents._judge_addresses(people, purpose, "mail")
        return contacts.filtered(lambda c: verdicts.get(c.id) == "unasked")

    def _get_purpose(self):
        return self.purpose_id or self.env["crm.consent.purpose"]._default_purpose()

    def action_note_consents(self):
        """Note a consent for each subscriber who signed up and gave no answer yet.

        For lists that are older than the consent log. Only for lists on which people
        put themselves; the privacy officer answers for that.

        :raises AccessError: for anybody but a privacy officer
        """
        if not (self.env.su or self.env.user.has_group(OFFICER)):
            raise AccessError(
                self.env._("The privacy officer notes the consents of a list.")
            )
        self.check_access("read")
        count = 0
        for mailing_list in self:
            silent = mailing_list._find_unasked()
            proof = self.env._("Subscribed to %(list)s", list=mailing_list.name)
            count += len(
                silent._note_signed_up(
                    mailing_list._get_purpose(),
                    confirmed=True,
                    proof=proof,
                    proof_kind="list",
                    user_id=self.env.uid,
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s consents were noted.", count=count),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
