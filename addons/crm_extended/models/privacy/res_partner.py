from odoo import api, fields, models
from odoo.fields import Domain

from ...privacy.verdict import RIGHT

GROUP = "crm_extended.group_customer_user"


class ResPartner(models.Model):
    """What the customer agreed to, on one page of the form."""

    _inherit = "res.partner"

    consent_ids = fields.One2many(
        "crm.consent",
        "partner_id",
        string="Consents",
        readonly=True,
        copy=False,
        groups=GROUP,
    )
    consent_matrix = fields.Json(compute="_compute_consent_matrix", groups=GROUP)

    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_consent_matrix(self):
        """Purposes by channels, with the answer that holds and what follows from it.

        ``{"channels": [{id, name}], "rows": [{id, name, basis, cells: [{channel,
        used, answer, said, since, right, brief, why}]}]}``
        """
        consents = self.env["crm.consent"]
        purposes = self.env["crm.consent.purpose"].search(Domain.TRUE)
        channels = self.env["crm.consent.channel"].search(Domain.TRUE)
        overview = consents.sudo()._overview(self._origin, purposes)
        answers = dict(consents._fields["answer"]._description_selection(self.env))
        briefs = {
            "duty": self.env._("Always"),
            "silent": self.env._("May"),
            "customer": self.env._("Customer"),
            "unasked": self.env._("Not asked"),
            "no": self.env._("Not now"),
        }
        bases = dict(purposes._fields["basis"]._description_selection(self.env))
        for partner in self:
            own = overview.get(partner._origin.id, {})

            def cell(purpose, channel, own=own):
                verdict, answer, date = own.get(
                    (purpose.id, channel.id), ("no_channel", None, None)
                )
                return {
                    "channel": channel.id,
                    "used": channel in purpose.channel_ids,
                    "answer": answer or False,
                    "said": answers.get(answer, False),
                    "since": fields.Date.to_string(date) or False,
                    "right": verdict in RIGHT,
                    "brief": briefs.get(verdict, briefs["no"]),
                    "why": consents._tell_verdict(verdict),
                    "fixed": purpose._is_duty(),
                }

            partner.consent_matrix = {
                "channels": [{"id": c.id, "name": c.name} for c in channels],
                "rows": [
                    {
                        "id": purpose.id,
                        "name": purpose.name,
                        "basis": bases[purpose.basis],
                        "cells": [cell(purpose, channel) for channel in channels],
                    }
                    for purpose in purposes
                ],
            }
