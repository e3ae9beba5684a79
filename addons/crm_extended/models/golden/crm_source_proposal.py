from odoo import api, fields, models
from odoo.exceptions import UserError

from ...survivorship.voice import is_filled

PROPOSALS = [("open", "Waiting"), ("taken", "Taken"), ("declined", "Declined")]


class SourceRecord(models.Model):
    """What a source proposes waits until a person takes or declines it."""

    _inherit = "crm.source.record"

    proposal = fields.Selection(
        PROPOSALS,
        readonly=True,
        index="btree_not_null",
        help="Of a source that only proposes: whether a person has looked at it",
    )
    news = fields.Char(
        compute="_compute_news",
        help="What the source says otherwise than the customer has it now",
    )

    @api.depends("accepted", "partner_id")
    @api.depends_context("lang")
    def _compute_news(self):
        golden = self.env["crm.golden"]
        partners = self.env["res.partner"]
        found = {record: record._get_news() for record in self}
        pairs = [(n, v) for news in found.values() for n, (v, _now) in news.items()]
        pairs += [(n, now) for news in found.values() for n, (_v, now) in news.items()]
        shown = golden._show_values(pairs)
        texts = dict(zip(map(repr, pairs), shown, strict=True))
        for record, news in found.items():
            parts = []
            for name, (value, now) in news.items():
                parts.append(
                    self.env._(
                        "%(field)s: %(new)s (now %(now)s)",
                        field=partners._fields[name]._description_string(self.env),
                        new=texts[repr((name, value))],
                        now=texts[repr((name, now))] or self.env._("empty"),
                    )
                )
            record.news = "; ".join(parts)

    def _get_news(self):
        """field -> (what the record says, what the customer has)"""
        golden = self.env["crm.golden"]
        watched = self.env["crm.survivorship.rule"]._get_watched()
        news = {}
        for name, value in self._get_said().items():
            if self.partner_id and name in watched and is_filled(value):
                now = golden._read_value(self.partner_id, name)
                if not golden._is_same(name, now, value):
                    news[name] = (value, now)
        return news

    def action_take(self):
        """Use all that these records propose; each value is pinned on its customer."""
        for record in self:
            record.check_access("read")
            names = list(record._get_news())
            if record.partner_id and names:
                done = set()
                for name in names:
                    if name not in done:
                        record.partner_id.use_source_value(record.id, [name])
                        done.update(record.partner_id._get_together([name]))
        self.sudo().proposal = "taken"
        return True

    def action_decline(self):
        """Leave the customers as they are and the proposals out of sight."""
        self._check_deciding()
        self.sudo().proposal = "declined"
        return True

    def action_reopen(self):
        """Put declined proposals before people again."""
        self._check_deciding()
        self.sudo().proposal = "open"
        return True

    def _check_deciding(self):
        self.check_access("read")
        self.partner_id.check_access("write")
        if any(not record.proposal for record in self):
            raise UserError(self.env._("This record proposes nothing."))

    def _find_proposals(self):
        """Those that say something else than their customer wait for a person."""
        golden = self.env["crm.golden"].sudo()
        watched = self.env["crm.survivorship.rule"]._get_watched()
        waiting = self.browse()
        for record in self.filtered("partner_id"):
            for name, value in record._get_said().items():
                if name in watched and is_filled(value):
                    now = golden._read_value(record.partner_id, name)
                    if not golden._is_same(name, now, value):
                        waiting |= record
                        break
        waiting.sudo().proposal = "open"
        (self - waiting).sudo().proposal = False
