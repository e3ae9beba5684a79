from odoo import api, models

from ...exchange import values
from ...loading.contested import Contested
from .crm_exchange_push_customer import CUSTOMER


class ExchangePushVoice(models.AbstractModel):
    """What a push said of a customer though nothing changed by it, or not all of it."""

    _inherit = "crm.exchange"

    @api.model
    def _push_agree(self, client, entity, rows, current):
        """Values that were not believed are told, as a conflict that is settled."""
        if entity.name == CUSTOMER:
            self._push_tell_unbelieved(entity, rows, current)
            self._push_say_same(client, entity, rows)
        return super()._push_agree(client, entity, rows, current)

    @api.model
    def _push_say_same(self, client, entity, rows):
        """A source that says what stands here already is one more voice for it.

        Nothing of the customer changes; the source's record does, so that the value
        stays believed when the one who said it first takes it back. Who says again what
        was agreed before has said it.
        """
        same = [
            row
            for row in rows
            if row.status == "unchanged" and not row.said and _has_news(row)
        ]
        for row in same:
            row.values = {**row.set, **row.refs}
        if not same:
            return
        for row, vals in zip(same, self._push_values(client, same), strict=True):
            row.said = vals
        self._push_fill_units(entity, same)
        before = self._push_say(client, same)
        contested = Contested(self.env).find([row.res_id for row in same])
        self._push_decide([row for row in same if row.res_id in contested], before)
        for row in same:
            row.values = {}

    @api.model
    def _push_tell_unbelieved(self, entity, rows, current):
        overruled = []
        for row in rows:
            if row.status != "updated":
                continue
            here = current[row.res_id][1]
            for name, value in row.values.items():
                field = entity.by_name[name]
                if not _agrees(field, value, here.get(name)):
                    row.conflict[name] = {"mine": value, "theirs": here.get(name)}
            if row.conflict:
                overruled.append(row)
            if row.values and row.values.keys() <= row.conflict.keys():
                row.status = "unchanged"
        for (res_id, name), told in self._push_origins(entity, overruled).items():
            for row in overruled:
                if row.res_id == res_id and name in row.conflict:
                    sides = row.conflict[name]
                    sides |= {"theirs_source": told[0] or None}
                    sides |= {"theirs_at": told[2] or None}


def _has_news(row):
    said = row.known[0] if row.known else {}
    sent = {**row.set, **row.refs}
    return any(name not in said or said[name] != sent[name] for name in sent)


def _agrees(field, sent, stored):
    """What Odoo keeps in another spelling, such as a web address, is the same."""
    sent = values.canonical(field, sent)
    if field.kind == "boolean" or sent is None or stored is None:
        return sent == stored
    one, other = (" ".join(str(v).split()).casefold() for v in (sent, stored))
    if field.name == "website":
        one, other = (
            v.removeprefix("https://").removeprefix("http://").rstrip("/")
            for v in (one, other)
        )
    return one == other
