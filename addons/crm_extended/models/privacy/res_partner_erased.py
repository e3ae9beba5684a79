from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

OFFICER = "crm_extended.group_privacy_officer"


class ResPartner(models.Model):
    """Forgotten people: shells of those who were erased, flags on those who return."""

    _inherit = "res.partner"

    erased_at = fields.Datetime(
        string="Erased On",
        readonly=True,
        copy=False,
        groups="crm_extended.group_customer_user",
        help="The personal data were erased; a number stands for the person.",
    )
    suppression_hit_ids = fields.One2many(
        "crm.suppression.hit",
        "partner_id",
        domain=[("state", "=", "open")],
        readonly=True,
        groups=OFFICER,
    )
    privacy_request_count = fields.Integer(
        compute="_compute_privacy_request_count", groups=OFFICER
    )

    def _compute_privacy_request_count(self):
        groups = self.env["crm.privacy.request"]._read_group(
            [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
        )
        counts = {partner.id: count for partner, count in groups}
        for partner in self:
            partner.privacy_request_count = counts.get(partner.id, 0)

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners._meet_forgotten()
        return partners

    def write(self, vals):
        if "erased_at" in vals and not self.env.su:
            raise UserError(self.env._("Only an erasure says that somebody is erased."))
        result = super().write(vals)
        if vals.get("email") or vals.get("phone"):
            self._meet_forgotten()
        return result

    def _meet_forgotten(self):
        """Refuse forgotten people in a file, flag those that somebody enters.

        One small query as long as nobody was forgotten.

        :raises UserError: the rows come from a file
        """
        if self.env["crm.suppression"].sudo()._is_empty():
            return  # reading on would compute the phone now instead of at the flush
        people = {
            partner.id: (partner.email, partner.phone_sanitized or partner.phone)
            for partner in self
            if partner.email or partner.phone
        }
        found = self.env["crm.suppression"].sudo()._find(people)
        if not found:
            return
        if self.env.context.get("import_file"):
            raise UserError(
                self.env._(
                    "%(count)s of the rows are people who asked to be forgotten. Take "
                    "them out of the file and of the system it comes from.",
                    count=len(found),
                )
            )
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_suppression_hit
                       (suppression_id, partner_id, company_id, state,
                        create_uid, create_date, write_uid, write_date)
                   SELECT f.s, p.id, p.company_id, 'open', %(u)s, %(t)s, %(u)s, %(t)s
                     FROM unnest(%(s)s, %(p)s) AS f(s, p)
                     JOIN res_partner p ON p.id = f.p
                    WHERE NOT EXISTS (
                        SELECT FROM crm_suppression_hit h
                         WHERE h.partner_id = p.id AND h.suppression_id = f.s)""",
                u=self.env.uid,
                t=fields.Datetime.now(),
                s=list(found.values()),
                p=list(found),
            )
        )
        self.env["crm.suppression.hit"].invalidate_model(flush=False)

    def action_open_erasure(self):
        """Prepare the erasure of the customers; nothing is erased yet."""
        erasure = self.env["crm.erasure"].create(
            {"partner_ids": self.ids, "reason": "request"}
        )
        return self._open_one(erasure)

    def action_open_privacy_requests(self):
        """Open the requests of the customer, or a new one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_privacy_request"
        )
        return {
            **action,
            "domain": [("partner_id", "=", self.id)],
            "context": {"default_partner_id": self.id},
        }

    def _open_one(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }


class Consent(models.Model):
    _inherit = "crm.consent"

    @api.model
    def _get_barriers(self):
        """Erased, restricted or returned people stand above any consent."""
        return {
            "gone": SQL(
                """EXISTS (SELECT FROM res_partner x WHERE x.id = a.partner_id
                              AND x.erased_at IS NOT NULL)"""
            ),
            "restricted": SQL(
                """EXISTS (SELECT FROM crm_privacy_request x
                            WHERE x.partner_id = a.partner_id
                              AND x.kind = 'restriction' AND x.state = 'in_force')"""
            ),
            "returned": SQL(
                """EXISTS (SELECT FROM crm_suppression_hit x
                            WHERE x.partner_id = a.partner_id AND x.state = 'open')"""
            ),
        }

    @api.model
    def _judge_addresses(self, people, purpose, channel, as_of=None):
        """Addresses of no customer are looked up among the forgotten ones."""
        verdicts = super()._judge_addresses(people, purpose, channel, as_of)
        strangers = {
            key: (email, phone)
            for key, partner, email, phone in people
            if not partner and verdicts.get(key) not in ("given", "duty")
        }
        found = self.env["crm.suppression"].sudo()._find(strangers)
        return {**verdicts, **dict.fromkeys(found, "returned")}
