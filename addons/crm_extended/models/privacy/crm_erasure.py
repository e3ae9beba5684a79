from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

SHOWN = 5  # names in a message


class Erasure(models.Model):
    """People whose personal data are erased: looked at first, then done in sets.

    What the law makes us keep stays, with a pseudonymised customer: invoices and
    payments, and the figures of purchases. The steps are in `crm_erasure_steps`; what
    becomes of which field is said in the map of personal data.
    """

    _name = "crm.erasure"
    _inherit = "crm.run.mixin"
    _description = "Erasure"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    reason = fields.Selection(
        [
            ("request", "The Person Asked"),
            ("retention", "Kept Long Enough"),
            ("returned", "Forgotten Before, Came Back"),
            ("other", "Other"),
        ],
        required=True,
        default="request",
    )
    note = fields.Text(help="Whose decision, and on what ground")
    partner_ids = fields.Many2many(
        "res.partner", string="People", context={"active_test": False}
    )
    person_count = fields.Integer(string="Erased People", readonly=True, copy=False)
    suppress = fields.Boolean(
        string="Refuse Them Later",
        default=True,
        help="Keep keyed hashes of the addresses, so that a later import of the same "
        "person is refused.",
    )
    despite_debts = fields.Boolean(
        string="Even With Open Invoices",
        help="Without this, people with unpaid invoices are refused: the data are "
        "needed for the claim.",
    )
    request_id = fields.Many2one(
        "crm.privacy.request", readonly=True, ondelete="set null", index=True
    )
    line_ids = fields.One2many("crm.erasure.line", "erasure_id", readonly=True)
    refusal = fields.Text(
        readonly=True, copy=False, help="Why it cannot be started, and the remedy"
    )
    previewed_at = fields.Datetime(string="Looked At", readonly=True, copy=False)
    warning = fields.Text(readonly=True, copy=False)
    user_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )

    @api.depends("reason", "create_date")
    def _compute_name(self):
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        for erasure in self:
            day = fields.Date.to_string(erasure.create_date) or ""
            erasure.name = f"{reasons.get(erasure.reason, '')} {day}".strip()

    def write(self, vals):
        """What was looked at is what is erased: a change asks for another look."""
        if vals.keys() & {"partner_ids", "despite_debts", "company_id"}:
            done = self.filtered(lambda e: e.state in ("queued", "running", "done"))
            if done and not self.env.su:
                raise UserError(
                    self.env._("The erasure is under way or done. Create a new one.")
                )
            self.sudo().write({"previewed_at": False, "refusal": False})
            self.sudo().line_ids.unlink()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if self.filtered(lambda erasure: erasure.state == "done"):
            raise UserError(
                self.env._("A finished erasure is the proof of it and stays.")
            )

    def action_preview(self):
        """Count what would be erased and what is kept and why. Changes nothing."""
        self.check_access("write")
        for erasure in self:
            if erasure.state == "done":
                raise UserError(self.env._("The erasure is done."))
            persons = erasure._get_persons()
            lines = erasure._count_rows(persons)
            refusals = erasure._get_refusals(persons)
            erasure.sudo().line_ids.unlink()
            erasure.sudo().write(
                {
                    "line_ids": [fields.Command.create(line) for line in lines],
                    "refusal": "\n".join(refusals) or False,
                    "warning": erasure._get_warning(persons),
                    "previewed_at": fields.Datetime.now(),
                }
            )
        return True

    def _check_startable(self):
        self.ensure_one()
        if not self.previewed_at:
            raise UserError(
                self.env._("Look at what will be erased first: press Preview.")
            )
        refusals = self._get_refusals(self._get_persons())
        if refusals:
            raise UserError("\n".join(refusals))

    def _get_persons(self):
        """The people with what is theirs alone: addresses and merged records.

        :raises UserError: nobody is chosen
        """
        self.ensure_one()
        chosen = self.partner_ids
        if not chosen:
            raise UserError(self.env._("Choose the people to erase."))
        chosen.check_access("read")
        everyone = self.env["res.partner"].sudo().with_context(active_test=False)
        persons = everyone.browse(chosen.ids)
        if "merged_into_id" in everyone._fields:
            persons |= persons.merged_into_id
            persons |= everyone.search([("merged_into_id", "in", persons.ids)])
        return persons | everyone.search(
            [
                ("parent_id", "in", persons.ids),
                ("type", "!=", "contact"),
                ("is_company", "=", False),
            ]
        )

    def _get_refusals(self, persons):
        """Why these people cannot be erased, each with the remedy."""
        refusals = []
        held = self.env["crm.legal.hold"]._held(persons)
        if held:
            refusals.append(
                self.env._(
                    "On legal hold: %(names)s. End the hold, or take them out.",
                    names=self._name_some(held),
                )
            )
        users = persons.filtered("user_ids").filtered(
            lambda p: any(not user.share for user in p.user_ids)
        )
        if users:
            refusals.append(
                self.env._(
                    "Colleagues with a login: %(names)s. Their data belong to the "
                    "employment; take them out.",
                    names=self._name_some(users),
                )
            )
        technical = persons & persons.browse(
            self.env["crm.exchange"].sudo()._technical_partners()
        )
        if technical:
            refusals.append(
                self.env._(
                    "Our own companies and technical logins: %(names)s. Take them out.",
                    names=self._name_some(technical),
                )
            )
        debtors = not self.despite_debts and self._get_debtors(persons)
        if debtors:
            refusals.append(
                self.env._(
                    "With unpaid invoices: %(names)s. Settle them, or tick “Even With "
                    "Open Invoices”.",
                    names=self._name_some(debtors),
                )
            )
        return refusals

    def _get_debtors(self, persons):
        groups = (
            self.env["account.move"]
            .sudo()
            ._read_group(
                [
                    ("partner_id", "in", persons.ids),
                    ("state", "=", "posted"),
                    ("payment_state", "in", ("not_paid", "partial")),
                    ("move_type", "in", ("out_invoice", "in_invoice")),
                    ("amount_residual", ">", 0),
                ],
                ["partner_id"],
            )
        )
        return persons.browse([partner.id for (partner,) in groups])

    def _get_warning(self, persons):
        """What is lost for good unless something is done before."""
        self.env["account.move"].flush_model()
        [(unprinted,)] = self.env.execute_query(
            SQL(
                """SELECT count(*) FROM account_move m
                    WHERE m.partner_id = ANY(%s) AND m.state = 'posted'
                      AND m.move_type IN ('out_invoice', 'out_refund')
                      AND NOT EXISTS (
                          SELECT FROM ir_attachment f
                           WHERE f.res_model = 'account.move' AND f.res_id = m.id
                             AND f.mimetype = 'application/pdf')""",
                persons.ids,
            )
        )
        if not unprinted:
            return False
        return self.env._(
            "%(count)s posted invoices have no stored document. Print them before: "
            "later they show the number instead of the name.",
            count=unprinted,
        )

    @api.model
    def _name_some(self, partners):
        names = partners[:SHOWN].mapped("display_name")
        more = len(partners) - SHOWN
        return ", ".join(names) + (f" (+{more})" if more > 0 else "")

    def action_open_people(self):
        """Open the people, archived ones too."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("People"),
            "res_model": "res.partner",
            "view_mode": "list,form",
            "domain": [("id", "in", self.partner_ids.ids)],
            "context": {"active_test": False, "create": False},
        }


class ErasureLine(models.Model):
    """What becomes of one kind of record, with the number of its rows."""

    _name = "crm.erasure.line"
    _description = "Effect of an Erasure"
    _order = "erasure_id, outcome, id"
    _log_access = False

    erasure_id = fields.Many2one(
        "crm.erasure", required=True, index=True, ondelete="cascade"
    )
    model_id = fields.Many2one(
        "ir.model", string="Kind of Record", required=True, ondelete="cascade"
    )
    outcome = fields.Selection(
        [
            ("delete", "Deleted"),
            ("erase", "Kept Without Personal Data"),
            ("detach", "Kept, Belongs to Nobody"),
            ("keep", "Kept As It Is"),
        ],
        required=True,
    )
    row_count = fields.Integer(string="Records")
    why = fields.Char()
    company_id = fields.Many2one(related="erasure_id.company_id")
