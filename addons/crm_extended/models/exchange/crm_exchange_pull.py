import json

from odoo import api, models
from odoo.tools import SQL

from ...exchange import arguments, envelope
from ...exchange import cursor as cursors
from ...exchange.errors import ExchangeError
from .crm_exchange import service


class ExchangePull(models.AbstractModel):
    """Reading: single records by key, everything once, and then whatever changes."""

    _inherit = "crm.exchange"

    @api.readonly
    @service
    def get(self, entity, keys, fields=()):
        """Records by key, in the order asked.

        :param str entity: such as ``customer``
        :param list keys: up to 500 of ``{"id": 7}`` (our id) or
            ``{"source": "ERP", "id": "A-1"}`` (your own key, at your own source)
        :param list fields: names to return; all in your scope when left out
        :return: ``{records}``, each ``{key, status, id?, rev?, data?, keys?, into?}``
            with status ``ok``, ``not_found``, ``gone``, ``merged_into``, or ``erased``:
            erase what you hold of this person
        """
        own = self._client()
        found, scope = self._readable(arguments.text(entity, "entity"))
        wanted = self._wanted_fields(found, scope, arguments.texts(fields, "fields"))
        parsed = arguments.keys(keys, own.source_id.code or "")
        by_key = self._resolve(own, found, {k for k in parsed if isinstance(k, str)})
        ids = [by_key.get(k, 0) if isinstance(k, str) else k for k in parsed]
        known = {i for i in ids if i}
        records = self._read_visible(own, found, scope, [("id", "in", list(known))])
        self._disclose(own, found, scope, records)
        self._audit(own, "read", found.name, wanted, len(records))
        missing = known - records.keys()
        told = self._disclosed(own, found, scope, missing)
        gone = self._gone(found, told)
        into = self._visible_ids(own, found, scope, gone.values())
        erased = self._erased(found, told)
        self._touch(own)
        return {
            "records": [
                {"key": key, "status": "erased"}
                if i in erased
                else {"key": key, **_answer(records.get(i), wanted, gone.get(i), into)}
                for key, i in zip(keys, ids, strict=True)
            ]
        }

    @api.readonly
    @service
    def pull(self, cursor="", entities=(), limit=500, wait_s=0, packed=False):
        """What is new since the cursor; without a cursor everything, page by page.

        The first pages are a snapshot, then come changes. Send the cursor of one answer
        with the next call, after you have stored its items; the same cursor gives the
        same again, so nothing is lost when an answer is. A record that changed several
        times on a page is given once, as it is now.

        :param str cursor: from the answer before
        :param list entities: names; all in your scope when left out
        :param int limit: 1 to 1000 items
        :param int wait_s: seconds to wait for news when there is none; 20 at most, and
            none at all where too many wait already
        :param bool packed: each item as one text of JSON, which XML-RPC clients read
            three times faster than nested structs
        :return: ``{items, cursor, more, phase, head, lag}``; an item is ``{seq, entity,
            op, id, rev?, data?, keys?, into?}`` with op ``upsert``, ``delete``,
            ``left_scope``, ``merged``, or ``erase``: erase what you hold of this
            person; ``seq`` numbers your items without gaps
        """
        limit = arguments.whole(limit, "limit", 1, envelope.MAX_PAGE)
        arguments.whole(wait_s, "wait_s", 0, 60)
        token = arguments.text(cursor, "cursor")
        names = arguments.texts(entities, "entities")
        arguments.flag(packed, "packed")
        return self._get_page(token, names, limit, packed)

    # ------------------------------------------------------------------ paging

    @api.model
    def _get_page(self, token, names, limit, packed):
        if not self._is_loading(token):  # a first load needs no news yet
            self.env["crm.exchange.change"]._number()
        with self._fresh(token) as fresh:
            own = fresh._client()
            fresh._touch(own)
            place = fresh._start(own, token, names)
            if place.phase == cursors.SNAPSHOT:
                items, place = fresh._snapshot_page(own, place, limit)
                more = place.phase == cursors.SNAPSHOT
            else:
                items, place, more = fresh._change_page(own, place, limit)
            return fresh._page(items, place, packed, more)

    @api.model
    def _is_loading(self, token):
        """Whether the cursor is one between two pages of a first load.

        :raises ExchangeError: when it is none of ours
        """
        if not token:
            return False
        return cursors.read(token, self._secret()).phase == cursors.SNAPSHOT

    @api.model
    def _start(self, client, token, names):
        scopes = self._scopes(client)
        allowed = [entity.name for entity, _scope in scopes]
        for name in names:
            if name not in allowed:
                self._readable(name)  # refuses
        if not allowed:
            raise ExchangeError("out_of_scope", "Your scope is empty.", path="entities")
        if token:
            place = self._place(client, token)
            if names and set(names) != set(place.entities):
                raise ExchangeError(
                    "cursor_scope",
                    "The cursor is of other entities: keep one cursor for each list.",
                    path="entities",
                    expected=", ".join(place.entities),
                )
            return place
        chosen = [s for s in scopes if not names or s[0].name in names]
        epoch, head, _floor = self.env["crm.exchange.change"]._position()
        return cursors.Cursor(
            epoch=epoch,
            client=client.id,
            scope=self._fingerprint(client, chosen),
            entities=tuple(entity.name for entity, _scope in chosen),
            phase=cursors.SNAPSHOT,
            position=head,
        )

    @api.model
    def _page(self, items, place, packed, more):
        _epoch, head, _floor = self.env["crm.exchange.change"]._position()
        first = place.count - len(items) + 1
        write = _pack if packed else _unpacked
        items = [write(item, number) for number, item in enumerate(items, start=first)]
        lag = max(head - place.position, 0)
        return {
            "items": items,
            "cursor": place.token(self._secret()),
            "more": more or lag > 0,
            "phase": place.phase,
            "head": str(head),
            "lag": lag,
        }

    @api.model
    def _snapshot_page(self, client, place, limit):
        """The next records by id; changes since page 1 follow as changes.

        The feed's head was noted before the first record was read, so what changes
        meanwhile is given again rather than missed.
        """
        scopes = {
            entity.name: (entity, scope) for entity, scope in self._scopes(client)
        }
        items, at = [], place
        while len(items) < limit and at.entity < len(place.entities):
            entity, scope = scopes[place.entities[at.entity]]
            room = limit - len(items)
            records = self._read_visible(
                client, entity, scope, [("id", ">", at.after)], limit=room
            )
            self._disclose(client, entity, scope, records)
            readable = scope._readable_fields(entity)
            self._audit(client, "read", entity.name, readable, len(records))
            items += [(entity.name, record) for record in records.values()]
            if len(records) < room:
                at = at.moved(entity=at.entity + 1, after=0)
            else:
                at = at.moved(after=max(records))
        if at.entity >= len(place.entities):
            at = at.moved(phase=cursors.CHANGES, entity=0, after=0)
        return items, at.moved(count=place.count + len(items))

    @api.model
    def _change_page(self, client, place, limit):
        """The records of the next `limit` changes, as they are now.

        :return: (items, cursor after them, whether others are to be told for them)
        """
        rows = self._next_changes(client, place, limit)
        if len(rows) == limit:
            position = rows[-1][0]
        else:
            position = self.env["crm.exchange.change"]._position()[1]
        touched = {}
        for _seq, name, res_id, *_what in rows:
            touched.setdefault(name, set()).add(res_id)
        states = {}
        for entity, scope in self._scopes(client):
            ids = touched.get(entity.name)
            if ids and entity.name in place.entities:
                states |= self._states(client, entity, scope, ids)
        more = self._cascade(client, place, rows)
        order = dict.fromkeys((name, res_id) for _seq, name, res_id, *_what in rows)
        items = [states[key] for key in order if key in states]
        moved = place.moved(position=position, count=place.count + len(items))
        return items, moved, more

    @api.model
    def _next_changes(self, client, place, limit):
        """The next rows of the feed for the cursor: (seq, entity, id, op, columns).

        Where a record is seen because its customer is, changes of customers are read
        along, even if the client is not told of these.
        """
        self.env.cr.execute(
            SQL(
                """SELECT seq, entity, res_id, op, changed FROM crm_exchange_feed
                    WHERE seq > %s AND seq <= (SELECT last FROM crm_exchange_head)
                      AND entity = ANY(%s)
                      AND (client_id IS NULL OR client_id = %s)
                    ORDER BY seq LIMIT %s""",
                place.position,
                self._names_to_read(place),
                client.id,
                limit,
            )
        )
        return self.env.cr.fetchall()

    @api.model
    def _names_to_read(self, place):
        """Names of the entities whose changes matter to a cursor."""
        entities = self._entities()
        names = set(place.entities)
        if any(self._follows_customers(entities[name]) for name in names):
            names |= {e.name for e in entities.values() if e.model == "res.partner"}
        return sorted(names)

    @api.model
    def _states(self, client, entity, scope, ids):
        """Items for these records as they are now, {(entity name, id): item}.

        An item is a struct, or for a record that is seen (entity name, `Shown`).
        A record that the client may not see and was never told of has none.
        """
        records = self._read_visible(client, entity, scope, [("id", "in", list(ids))])
        self._disclose(client, entity, scope, records)
        readable = scope._readable_fields(entity)
        self._audit(client, "read", entity.name, readable, len(records))
        told = self._disclosed(client, entity, scope, ids - records.keys())
        gone = self._gone(entity, told)
        into = self._visible_ids(client, entity, scope, gone.values())
        self._leave(client, entity, told)
        states = {
            (entity.name, res_id): (entity.name, record)
            for res_id, record in records.items()
        }
        erased = self._erased(entity, told)
        for res_id in told:
            item = {"entity": entity.name, "op": "left_scope", "id": res_id}
            if res_id in erased:
                item["op"] = "erase"
            if res_id in gone:
                item["op"] = "delete"
                if gone[res_id] in into:
                    item |= {"op": "merged", "into": gone[res_id]}
            states[entity.name, res_id] = item
        return states

    # ------------------------------------------------------------------ keys

    @api.model
    def _wanted_fields(self, entity, scope, names):
        readable = scope._readable_fields(entity)
        for place, name in enumerate(names):
            if name not in readable:
                raise ExchangeError(
                    "unknown_field",
                    "There is no such field in your scope; schema() lists them.",
                    path=f"fields[{place}]",
                    got=name,
                )
        return set(names or readable)


def _pack(item, number):
    """An item as text; what is in it fits the wire already."""
    if isinstance(item, tuple):
        entity, record = item
        return record.packed(entity, number)
    return json.dumps({**item, "seq": str(number)}, separators=(",", ":"))


def _unpacked(item, number):
    if isinstance(item, tuple):
        entity, record = item
        item = {"entity": entity, "op": "upsert", **record.as_dict()}
    return {**item, "seq": str(number)}


def _answer(record, wanted, merged_into, visible):
    if record:
        data = {name: v for name, v in record.data.items() if name in wanted}
        return {"status": "ok", **record.as_dict(), "data": data}
    if merged_into is None:
        return {"status": "not_found"}
    if merged_into in visible:
        return {"status": "merged_into", "into": merged_into}
    return {"status": "gone"}
