from odoo import api, models

from ...exchange.waves import missing, ref_places, ring


class ExchangePushRefs(models.AbstractModel):
    """Records that rows mean or refer to: found, waited for, or never to come."""

    _inherit = "crm.exchange"

    @api.model
    def _push_take_refs(self, row, resolved):
        """Keys of references become ids."""
        for (field, key), place in zip(
            list(row.refs.items()), ref_places(row), strict=True
        ):
            if place not in resolved:
                row.reject("not_found", "There is no such record.", f"refs.{field}")
            row.refs[field] = resolved.get(place, key)

    @api.model
    def _push_resolve(self, client, rows, scopes):
        """(entity name, key) -> id, of all records these rows mean that are there.

        An id of ours that the client may not see is as good as one that is not there.
        """
        wanted = {}
        for row in rows:
            for entity, key in (row.place, *ref_places(row)):
                wanted.setdefault(entity, set()).add(key)
        resolved = {}
        for name, keys in wanted.items():
            if "|" in name:
                found = self._push_resolve_any(client, name, keys, scopes)
                resolved |= {(name, key): i for key, i in found.items()}
                continue
            entity = self._entities()[name]
            own = {key for key in keys if isinstance(key, str)}
            found = self._resolve(client, entity, own) if own else {}
            found |= {key: key for key in keys if isinstance(key, int)}
            visible = set(found.values())
            if name in scopes:
                visible = self._visible_ids(client, entity, scopes[name], visible)
            elif visible:
                visible = {found[key] for key in own if key in found}
            resolved |= {(name, k): i for k, i in found.items() if i in visible}
            # known by this key, but no more the client's to see
            hidden = {k for k, i in found.items() if i not in visible}
            resolved |= {("hidden", name, k): found[k] for k in hidden}
        return resolved

    @api.model
    def _push_refuse_ring(self, rows, resolved):
        """Rows that refer to each other in a ring are refused, as none can be first."""
        circle = ring(rows, resolved)
        for row in circle:
            row.reject(
                "refused",
                "These rows refer to each other. Send one of them without its "
                "reference first, and the reference in a later row.",
                "refs",
            )
        return circle

    @api.model
    def _push_resolve_any(self, client, names, keys, scopes):
        """key -> id of records that may be of several entities; the first goes first.

        Our ids mean what they mean as values: whom the client may refer to.
        """
        first, *_others = names = names.split("|")
        ids = {key for key in keys if isinstance(key, int)}
        found = {i: i for i in self._push_reachable(client, first, ids)}
        for name in names:
            left = {key for key in keys - found.keys() if isinstance(key, str)}
            known = self._resolve(client, name, left)
            if name in scopes:
                entity, scope = self._entities()[name], scopes[name]
                seen = self._visible_ids(client, entity, scope, known.values())
                known = {key: i for key, i in known.items() if i in seen}
            found |= known
        return found

    @api.model
    def _push_defer(self, rows, resolved):
        """Rows that refer to records nobody has sent yet; ids of ours never come."""
        by_place = {}
        for row in rows:
            lacking = missing(row, resolved)
            for place in row.touches():  # an earlier row of the record waits, too
                lacking += by_place.get(place, [])
            row.waiting = list(
                dict.fromkeys(
                    (name, key) for names, key in lacking for name in names.split("|")
                )
            )
            row.status = "deferred"
            by_place |= dict.fromkeys(row.touches(), row.waiting)
