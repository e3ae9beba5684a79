from odoo import api, models

from odoo.addons.crm_extended.exchange.entity import Entity, Field

CASE = Entity(
    name="case",
    version="1.0",
    model="helpdesk.ticket",
    help="A question or complaint of a customer, and how far it got",
    owners=("partner_id",),
    verbs=("read", "create", "update"),
    fields=(
        Field("number", maximum=64),
        Field("subject", column="name", personal=True, writable=True, required=True),
        Field(
            "text",
            column="description",
            personal=True,
            writable=True,
            required=True,
            maximum=20000,
            help="HTML",
        ),
        Field(
            "customer",
            "reference",
            column="partner_id",
            entity="customer",
            also=("contact", "address"),
            writable=True,
        ),
        Field("status", "code", column="stage_id", code="name", writable=True),
        Field("category", "code", column="category_id", code="name", writable=True),
        Field("channel", "code", column="channel_id", code="name", writable=True),
        Field("priority", values=("0", "1", "2", "3"), writable=True),
        Field("closed_at", "datetime", column="closed_date"),
        Field("active", "boolean"),
        Field("created_at", "datetime", column="create_date"),
    ),
)


class Exchange(models.AbstractModel):
    """Partners' systems can follow the cases of their customers, and open some."""

    _inherit = "crm.exchange"

    @api.model
    def _entities(self):
        return {**super()._entities(), CASE.name: CASE}

    @api.model
    def _push_values_case(self, client, rows):
        prepared = self._push_values(client, rows)
        for row, vals in zip(rows, prepared, strict=True):
            if not row.res_id:
                vals |= {"company_id": client.company_id.id, "user_id": False}
        return prepared
