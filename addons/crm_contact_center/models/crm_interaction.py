from odoo import api, models

from odoo.addons.crm_extended.interactions.adapter import Adapter, Watch
from odoo.addons.crm_extended.models.interactions.crm_interaction_adapters import (
    document,
)

CALL = document(
    "call",
    "crm.phonecall",
    columns=("state", "partner_id", "date", "name", "user_id", "direction")
    + ("description", "company_id", "active"),
    relevant="{row}.partner_id IS NOT NULL AND {row}.active "
    "AND {row}.state IN ('open', 'pending', 'done')",
    channel="'call'",
    direction="d.direction",
    partner="d.partner_id",
    date="COALESCE(d.date, d.create_date)",
    user="d.user_id",
    subject="d.name",
    summary="NULLIF(d.description, '')",
    company="COALESCE(d.company_id, p.company_id)",
)
CASE = document(
    "case",
    "helpdesk.ticket",
    columns=("partner_id", "name", "user_id", "company_id", "active"),
    relevant="{row}.partner_id IS NOT NULL AND {row}.active",
    channel="'case'",
    partner="d.partner_id",
    date="d.create_date",
    user="d.user_id",
    subject="d.number || ' ' || d.name",
    company="d.company_id",
)
CHAT = Adapter(
    kind="chat",
    model="discuss.channel",
    table="discuss_channel",
    channel="'chat'",
    joins="JOIN discuss_channel_member a ON a.channel_id = d.id "
    "LEFT JOIN res_users u ON u.partner_id = d.livechat_operator_id",
    partner="a.partner_id",
    date="d.create_date",
    user="u.id",
    subject="d.name",
    # a bot that answers is none of our users, and no customer either
    where="d.channel_type = 'livechat' AND a.partner_id NOT IN "
    "(SELECT operator_partner_id FROM chatbot_script)",
    watches=(
        Watch(
            "discuss_channel",
            ("name", "livechat_operator_id"),
            relevant="{row}.channel_type = 'livechat'",
        ),
        Watch(
            "discuss_channel_member",
            ("partner_id",),
            origin="{row}.channel_id",
            relevant="EXISTS (SELECT FROM discuss_channel c "
            "WHERE c.id = {row}.channel_id AND c.channel_type = 'livechat')",
        ),
    ),
)


class CrmInteraction(models.Model):
    _inherit = "crm.interaction"

    @api.model
    def _get_adapters(self):
        return super()._get_adapters() + [CALL, CASE, CHAT]

    @api.model
    def _get_document_models(self):
        """Who may handle an item sees what was said about it."""
        return [*super()._get_document_models(), "crm.work.item"]
