from odoo import api, models

from .crm_golden_choice import Choice
from .crm_golden_keeping import QUIET
from .crm_golden_voice import _to_seconds


class Golden(models.Model):
    """A person's choice among the sources stays until it is taken back."""

    _inherit = "crm.golden"

    @api.model
    def _pin(self, partner, names, said, record):
        """Write what a record says in the person's own name, and pin it.

        :param partner: res.partner as the person sees it
        :param names: the fields that come together; those the record leaves out are
            emptied, as an address comes from one record or not at all
        :param said: field -> value, as `_get_said` gives it
        """
        values = {name: said.get(name) for name in names}
        partners = self._by_machine(partner).with_context(**QUIET)
        partners.write({n: False if v is None else v for n, v in values.items()})
        stamp = _to_seconds(record.received_at)
        source = record.source_id.id
        self._upsert(
            [
                (
                    partner.id,
                    name,
                    Choice(value, partner.id, "pinned", source, record.id, stamp, True),
                )
                for name, value in values.items()
            ],
            "pinned",
            by=self.env.uid,
        )

    @api.model
    def _unpin(self, partner, names):
        """Let rules decide again about fields of one customer."""
        domain = [("partner_id", "=", partner.id), ("field", "in", list(names))]
        rows = self.search(domain).filtered("pinned")
        if rows:
            rows.unlink()
            self._redecide({partner.id: set(names)})
