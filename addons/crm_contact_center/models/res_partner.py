from odoo import api, fields, models

from .crm_work_item import OPEN_STATES

# Kind of a channel's address -> the customer's field that holds it in comparable form
KEY_FIELDS = {"email": "email_normalized", "phone": "phone_sanitized"}
CANDIDATE_LIMIT = 10


class ResPartner(models.Model):
    _inherit = "res.partner"

    work_item_count = fields.Integer(
        string="Open Items",
        compute="_compute_work_item_count",
        groups="crm_contact_center.group_contact_agent",
    )

    def _compute_work_item_count(self):
        """A company's number holds the items of its contacts too."""
        self.work_item_count = 0
        family = self.with_context(active_test=False).search_fetch(
            [("id", "child_of", self.ids)], ["parent_id"]
        )
        groups = self.env["crm.work.item"]._read_group(
            [("partner_id", "in", family.ids), ("state", "in", OPEN_STATES)],
            ["partner_id"],
            ["__count"],
        )
        shown = set(self._ids)
        for partner, count in groups:
            while partner:
                if partner.id in shown:
                    partner.work_item_count += count
                partner = partner.parent_id

    def action_open_work_items(self):
        """Open the customer's work items, his contacts' included."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_contact_center.action_work_item"
        )
        return {
            **action,
            "domain": [("partner_id", "child_of", self.id)],
            "context": {"default_partner_id": self.id, "search_default_open": 1},
        }

    # ------------------------------------------------------------------ identification

    @api.model
    def _find_customers(self, address, company):
        """The company's customers at a channel's address; colleagues are none.

        :param address: `channels.payload.Address`
        :return: all of them up to a limit, for the caller to ask if there are several
        """
        field = KEY_FIELDS.get(address.kind)
        if not address or field not in self._fields:
            return self.browse()
        return self.sudo().search(
            [
                (field, "=", address.value),
                ("company_id", "in", [False, company.id]),
                ("partner_share", "=", True),
                ("ref_company_ids", "=", False),
            ],
            limit=CANDIDATE_LIMIT,
        )

    @api.model
    def _is_colleague_address(self, address):
        """Whether an internal user has this e-mail address."""
        return address.kind == "email" and bool(
            self.sudo().search_count(
                [
                    ("email_normalized", "=", address.value),
                    ("partner_share", "=", False),
                ],
                limit=1,
            )
        )

    @api.model
    def _create_prospect(self, address, company, kind):
        """A customer record for a stranger, with the channel as its source."""
        if not address or address.kind not in KEY_FIELDS:
            return self.browse()
        partner = self.sudo().create(
            {
                "name": address.name or address.value,
                "email" if address.kind == "email" else "phone": address.value,
                "company_id": company.id,
            }
        )
        source = self.env["crm.source"].sudo()._get_channel_source(kind, company)
        self.env["crm.source.record"].sudo().create(
            {
                "source_id": source.id,
                "key": f"{address.value}/{partner.id}",
                "partner_id": partner.id,
                "payload": {"name": address.name, address.kind: address.value},
            }
        )
        return partner
