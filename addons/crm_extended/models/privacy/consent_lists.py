"""Odoo's own lists and the consent log tell each other."""

from odoo import api, fields, models
from odoo.fields import Domain

from .crm_consent import REFUSALS

NO_ECHO = "consent_no_echo"  # context: the list learnt it from the log, or reverse
BOUNCED = "consent_bounced"  # context: the address fails; nobody said anything


class Consent(models.Model):
    _inherit = "crm.consent"

    def _pass_on(self):
        """A refusal is noted on Odoo's lists at once, a consent lifts an opt-out."""
        super()._pass_on()
        if self.env.context.get(NO_ECHO):
            return
        quiet = self.with_context(**{NO_ECHO: True}).sudo()
        quiet._pass_on_to_lists()
        refused = quiet.filtered(
            lambda c: c.answer in REFUSALS and c.purpose_id.blocks_address
        )
        refused._block_addresses()

    def _pass_on_to_lists(self):
        mails = self.filtered(
            lambda c: c.email and c.channel_id.code in (False, "mail")
        )
        for purpose, consents in mails.grouped("purpose_id").items():
            lists = purpose.list_ids
            refused = {c.email for c in consents if c.answer in REFUSALS}
            agreed = {c.email for c in consents if c.answer == "given"} - refused
            for emails, opt_out in ((refused, True), (agreed, False)):
                if lists and emails:
                    self.env["mailing.subscription"].search(
                        [
                            ("list_id", "in", lists.ids),
                            ("contact_id.email_normalized", "in", list(emails)),
                            ("opt_out", "!=", opt_out),
                        ]
                    ).opt_out = opt_out

    def _block_addresses(self):
        by_mail = self.filtered(lambda c: c.channel_id.address in (False, "email"))
        by_phone = self.filtered(lambda c: c.channel_id.address in (False, "phone"))
        if emails := {c.email for c in by_mail if c.email}:
            self._unarchive_or_create("mail.blacklist", "email", emails)
        if numbers := {c.phone for c in by_phone if c.phone}:
            self._unarchive_or_create("phone.blacklist", "number", numbers)

    @api.model
    def _unarchive_or_create(self, name, field, values):
        lists = self.env[name].with_context(active_test=False)
        known = lists.search([(field, "in", list(values))])
        known.filtered(lambda b: not b.active).action_unarchive()
        fresh = values - set(known.mapped(field))
        lists.create([{field: value} for value in fresh])

    @api.model
    def _note_refusals(self, emails=(), phones=(), purposes=None, proof=""):
        """Note that people refused by their address, for purposes that ask.

        What is refused already is not noted twice.

        :param purposes: all that can be refused by default
        """
        channels = self.env["crm.consent.channel"].sudo().search(Domain.TRUE)
        consents = self.with_context(**{NO_ECHO: True}).sudo()
        if purposes is None:
            purposes = self.env["crm.consent.purpose"].sudo().search(Domain.TRUE)
        purposes = purposes.filtered(lambda p: not p._is_duty())
        people = [("email", address) for address in emails if address]
        people += [("phone", number) for number in phones if number]
        vals_list = []
        for kind in ("email", "phone"):
            addresses = sorted({a for k, a in people if k == kind})
            for purpose in purposes if addresses else ():
                places = purpose.channel_ids & channels.filtered(
                    lambda c, kind=kind: c.address == kind
                )
                for place in places:
                    vals_list += consents._prepare_refusals(
                        kind, addresses, purpose, place, proof
                    )
        return consents.create(vals_list)

    def _prepare_refusals(self, kind, addresses, purpose, place, proof):
        is_mail = kind == "email"
        people = [
            (number, None, a if is_mail else None, None if is_mail else a)
            for number, a in enumerate(addresses)
        ]
        verdicts = self._judge_addresses(
            people, purpose, place.code, fields.Datetime.now()
        )
        answer = "withdrawn" if purpose.basis == "consent" else "objected"
        return [
            {
                kind: addresses[number],
                "purpose_id": purpose.id,
                "channel_id": place.id,
                "answer": answer,
                "proof_kind": "list",
                "proof": proof,
                "origin": "list",
            }
            for number, verdict in verdicts.items()
            if verdict not in REFUSALS
        ]


class ConsentBlacklist(models.AbstractModel):
    """An address that is blocked, or blocked again, withdraws consents."""

    _name = "crm.consent.blacklist"
    _description = "Blocked Address That Withdraws Consents"

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows.filtered("active")._note_consent()
        return rows

    def write(self, vals):
        fresh = self.filtered(lambda b: not b.active) if vals.get("active") else None
        result = super().write(vals)
        if fresh:
            fresh._note_consent()
        return result

    def _note_consent(self):
        """Override to say what the people behind these addresses refuse."""
        raise NotImplementedError(self._name)


class MailBlacklist(models.Model):
    _name = "mail.blacklist"
    _inherit = ["mail.blacklist", "crm.consent.blacklist"]

    def _note_consent(self):
        """Who asks not to be mailed refuses everything that asks for consent."""
        context = self.env.context
        if self and not context.get(NO_ECHO) and not context.get(BOUNCED):
            self.env["crm.consent"]._note_refusals(
                emails=self.mapped("email"), proof=self.env._("Address was blocked")
            )


class PhoneBlacklist(models.Model):
    _name = "phone.blacklist"
    _inherit = ["phone.blacklist", "crm.consent.blacklist"]

    def _note_consent(self):
        """Who asks not to be phoned refuses calls and SMS that ask for consent."""
        if self and not self.env.context.get(NO_ECHO):
            self.env["crm.consent"]._note_refusals(
                phones=self.mapped("number"), proof=self.env._("Number was blocked")
            )


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """An address that fails is blocked, but its owner has refused nothing."""
        bounced = self.with_context(**{BOUNCED: True})
        return super(MailThread, bounced)._routing_handle_bounce(
            email_message, message_dict
        )


class MailingSubscription(models.Model):
    _inherit = "mailing.subscription"

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._note_consent()
        return rows

    def write(self, vals):
        changed = self
        if "opt_out" in vals:
            changed = self.filtered(lambda s: s.opt_out != bool(vals["opt_out"]))
        result = super().write(vals)
        if "opt_out" in vals or vals.get("opt_out_reason_id"):
            changed._note_consent()
        return result

    def _note_consent(self):
        """An opt-out is a refusal; signing up is a consent when the person did it."""
        if self.env.context.get(NO_ECHO):
            return
        consents = self.env["crm.consent"]
        for purpose, rows in self.sudo().grouped(lambda s: s._get_purpose()).items():
            out = rows.filtered("opt_out").contact_id
            if purpose and out:
                consents._note_refusals(
                    emails=out.mapped("email_normalized"),
                    purposes=purpose,
                    proof=self.env._("Unsubscribed from a mailing list"),
                )
            signed = rows.filtered(lambda s: not s.opt_out).contact_id
            if purpose and signed and self.env.user._is_public():
                signed._note_signed_up(purpose, origin="person", proof_kind="web")

    def _get_purpose(self):
        purposes = self.env["crm.consent.purpose"]
        return self.list_id.purpose_id or purposes._default_purpose()


class MailingContact(models.Model):
    _inherit = "mailing.contact"

    def _note_signed_up(self, purpose, **details):
        """Note that the contacts agreed to get e-mails for a purpose."""
        channel = self.env.ref("crm_extended.consent_channel_mail")
        consents = self.env["crm.consent"].with_context(**{NO_ECHO: True}).sudo()
        emails = {c.email_normalized for c in self if c.email_normalized}
        return consents.create(
            [
                {
                    "email": email,
                    "purpose_id": purpose.id,
                    "channel_id": channel.id,
                    "answer": "given",
                    **details,
                }
                for email in sorted(emails)
            ]
        )
