from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import email_normalize

ANSWERS = [
    ("given", "Agreed"),
    ("asked", "Asked, Not Confirmed"),
    ("withdrawn", "Withdrawn"),
    ("objected", "Objected"),
]
REFUSALS = ("withdrawn", "objected")
PROOFS = [
    ("spoken", "Said in Person"),
    ("call", "Said on the Phone"),
    ("paper", "Signed on Paper"),
    ("mail", "Written in an E-mail"),
    ("web", "Web Form"),
    ("link", "Link in a Message"),
    ("list", "Sign-up or Block List"),
    ("file", "Imported"),
    ("other", "Other"),
]
ORIGINS = [
    ("staff", "Entered by Staff"),
    ("person", "The Person Online"),
    ("list", "Odoo's Lists"),
    ("request", "Privacy Request"),
    ("system", "System"),
]
# Merges and their undo move a row to another partner, deleting a contact empties it;
# nothing else ever changes. Erasure is the one declared exception.
TRIGGER = """
CREATE OR REPLACE FUNCTION crm_consent_keep() RETURNS trigger LANGUAGE plpgsql AS $keep$
BEGIN
    IF current_setting('crm_extended.erasing', true) = 'on' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        OLD.partner_id := NEW.partner_id;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'crm_consent is append-only' USING ERRCODE = 'restrict_violation';
END
$keep$;
CREATE OR REPLACE TRIGGER crm_consent_keep BEFORE UPDATE OR DELETE ON crm_consent
    FOR EACH ROW EXECUTE FUNCTION crm_consent_keep();
CREATE OR REPLACE TRIGGER crm_consent_keep_all BEFORE TRUNCATE ON crm_consent
    FOR EACH STATEMENT EXECUTE FUNCTION crm_consent_keep();
"""


class Consent(models.Model):
    """A person's answer, at one moment, to one purpose on one channel.

    Rows are facts and are never edited: a withdrawal is a later row. What holds today
    is read with `_current()` and `_allowed()`, so that last year's mailing can be
    judged by last year's answer. The database itself refuses changes.

    `subject_id` is the partner who answered, also after the row went to the partner it
    was merged into: until the united customer is asked again, the stricter answer of
    the two holds.
    """

    _name = "crm.consent"
    _inherit = ["crm.kept.mixin"]
    _description = "Consent"
    _order = "date desc, id desc"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", ondelete="set null", index="btree_not_null"
    )
    subject_id = fields.Integer(string="Who Answered", readonly=True, aggregator=None)
    email = fields.Char(
        help="The address that was said with it, or of somebody who is no customer yet"
    )
    phone = fields.Char(help="The number that was said with it, in international form")
    purpose_id = fields.Many2one(
        "crm.consent.purpose", required=True, ondelete="restrict"
    )
    channel_id = fields.Many2one(
        "crm.consent.channel",
        ondelete="restrict",
        help="Empty: all channels of the purpose",
    )
    answer = fields.Selection(ANSWERS, required=True)
    confirmed = fields.Boolean(help="By a second step of the person (double opt-in)")
    date = fields.Datetime(string="Said On", required=True, default=fields.Datetime.now)
    wording_id = fields.Many2one(
        "crm.consent.wording", ondelete="restrict", help="The text that was answered"
    )
    basis = fields.Selection(
        selection=lambda self: (
            self.env["crm.consent.purpose"]._fields["basis"].selection
        ),
        string="Legal Basis",
        readonly=True,
        help="Of the purpose, when it was said",
    )
    proof_kind = fields.Selection(PROOFS, string="Proof", default="spoken")
    proof = fields.Text(string="Details", help="What proves it: words, place, form")
    proof_file = fields.Binary(string="Document", attachment=True)
    proof_file_name = fields.Char()
    message_id = fields.Many2one("mail.message", ondelete="set null")
    ip = fields.Char(string="IP Address", readonly=True)
    origin = fields.Selection(ORIGINS, readonly=True, default="staff", required=True)
    source_id = fields.Many2one("crm.source", readonly=True, ondelete="restrict")
    user_id = fields.Many2one(
        "res.users",
        string="Recorded By",
        readonly=True,
        default=lambda self: self.env.user,
    )
    company_id = fields.Many2one("res.company", readonly=True)

    _partner_idx = models.Index("(partner_id, purpose_id) WHERE partner_id IS NOT NULL")
    _subject_idx = models.Index("(subject_id, purpose_id) WHERE subject_id != 0")
    _email_idx = models.Index("(email, purpose_id) WHERE email IS NOT NULL")
    _phone_idx = models.Index("(phone, purpose_id) WHERE phone IS NOT NULL")

    def init(self):
        self.env.cr.execute(TRIGGER)

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "These follow from who records it: %(fields)s.", fields=labels
        )

    @api.depends("purpose_id", "channel_id", "answer")
    @api.depends_context("lang")
    def _compute_display_name(self):
        answers = dict(self._fields["answer"]._description_selection(self.env))
        for consent in self:
            about = [consent.purpose_id.name, consent.channel_id.name]
            words = ", ".join(filter(None, about))
            consent.display_name = f"{words}: {answers.get(consent.answer, '')}"

    # ------------------------------------------------------------------ recording

    @api.model_create_multi
    def create(self, vals_list):
        """Note answers; of a customer with merged records, one for each of these."""
        self.check_access("create")
        for vals in vals_list:
            self._check_entered(vals, "create")
        vals_list = [self._prepare_answer(dict(vals)) for vals in vals_list]
        partners = {vals["partner_id"] for vals in vals_list if vals["partner_id"]}
        merged = self._get_merged(partners)
        copies = [
            {**vals, "subject_id": subject}
            for vals in vals_list
            for subject in merged.get(vals["partner_id"], ())
        ]
        # The caller gets its own rows, and no right to write any other
        consents = super(Consent, self.sudo()).create(vals_list + copies)
        consents._pass_on()
        return self.browse(consents.ids[: len(vals_list)])

    @api.model
    def _prepare_answer(self, vals):
        """Complete one answer and check it.

        :raises UserError: what is wrong and how to mend it
        """
        partner = self._get_answering(vals)
        purpose = self._get_named("crm.consent.purpose", vals.get("purpose_id"))
        if not purpose:
            raise UserError(self.env._("Say to which purpose the answer belongs."))
        self._get_named("mail.message", vals.get("message_id"))
        date = fields.Datetime.to_datetime(vals.get("date")) or fields.Datetime.now()
        if date > fields.Datetime.now():
            raise ValidationError(
                self.env._("The answer is dated in the future. Correct “Said On”.")
            )
        wording = self._get_named("crm.consent.wording", vals.get("wording_id"))
        wording = wording or purpose.wording_id
        if wording.purpose_id != purpose and wording:
            raise ValidationError(
                self.env._("The text belongs to another purpose. Choose one of it.")
            )
        email = email_normalize(vals.get("email") or "") or partner.email_normalized
        phone = vals.get("phone") and partner._phone_format(number=vals["phone"])
        vals.update(
            date=date,
            partner_id=partner.id,
            subject_id=partner.id,
            email=email or None,
            phone=phone or partner.phone_sanitized or None,
            wording_id=wording.id,
            basis=purpose.basis,
            company_id=purpose.company_id.id,
        )
        # Named all, so that no default of the context can fill them
        facts = {"origin": "staff", "user_id": self.env.uid, "ip": None}
        return {**facts, "source_id": None, "message_id": None, **vals}

    @api.model
    def _get_answering(self, vals):
        """The partner who answered, as the caller may see it; the one it went into."""
        partner = self._get_named("res.partner", vals.get("partner_id")).sudo()
        if not partner and not vals.get("email") and not vals.get("phone"):
            raise UserError(
                self.env._(
                    "Say whose answer it is: a customer, an e-mail address or a phone "
                    "number."
                )
            )
        return partner

    @api.model
    def _get_named(self, model, id_):
        """The record a caller names, if the caller may read it."""
        named = self.env[model].browse(id_ if isinstance(id_, int) and id_ else ())
        named.check_access("read")
        return named.exists()

    @api.model
    def _get_merged(self, partner_ids):
        """{partner id: ids of the partners merged into it}"""
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        if not partner_ids or "merged_into_id" not in partners._fields:
            return {}
        groups = partners._read_group(
            [("merged_into_id", "in", list(partner_ids))],
            ["merged_into_id"],
            ["id:array_agg"],
        )
        return {into.id: ids for into, ids in groups}

    def _pass_on(self):
        """Override to tell other lists of new answers; see `consent_lists`."""

    # ------------------------------------------------------------------ append-only

    def write(self, vals):  # pylint: disable=method-required-super
        """Nobody changes what was said.

        :raises UserError: always
        """
        self._refuse()

    def unlink(self):  # pylint: disable=method-required-super
        """Nobody removes what was said.

        :raises UserError: always
        """
        self._refuse()

    def _refuse(self):
        raise UserError(
            self.env._(
                "Answers are evidence: they are never changed or deleted. Record what "
                "the person says now; the newest answer holds."
            )
        )

    def action_confirm(self):
        """Note that the person confirmed an answer that was only asked for.

        :raises UserError: the answer is none that can be confirmed
        """
        self.ensure_one()
        self.check_access("read")
        if self.answer not in ("asked", "given") or self.confirmed:
            raise UserError(
                self.env._("Only a consent that is not confirmed yet can be confirmed.")
            )
        return self.create(
            {
                "partner_id": self.partner_id.id,
                "email": self.email,
                "phone": self.phone,
                "purpose_id": self.purpose_id.id,
                "channel_id": self.channel_id.id,
                "wording_id": self.wording_id.id,
                "answer": "given",
                "confirmed": True,
                "proof_kind": self.proof_kind,
                "proof": self.env._("Confirmed the answer of %(date)s", date=self.date),
            }
        )
