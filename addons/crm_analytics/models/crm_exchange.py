from odoo import api, models

from odoo.addons.crm_extended.exchange.entity import Entity, Field

SCORE = Entity(
    name="score",
    version="1.0",
    model="crm.score.value",
    help="What we estimate of a customer, on the day it was estimated",
    owners=("partner_id",),
    fields=(
        Field("customer", "reference", column="partner_id", entity="customer"),
        Field("score", "code", column="score_id", code="code"),
        Field("value", "decimal", personal=True),
        Field("date", "date"),
        Field("model_version", column="version", maximum=64),
    ),
)


class Exchange(models.AbstractModel):
    """Partners' systems may be given our scores, where their scope says so."""

    _inherit = "crm.exchange"

    @api.model
    def _entities(self):
        return {**super()._entities(), SCORE.name: SCORE}
