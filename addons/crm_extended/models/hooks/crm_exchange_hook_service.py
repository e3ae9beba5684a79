from datetime import timedelta

import psycopg2

from odoo import Command, api, fields, models

from ...exchange import arguments, wire
from ...exchange.errors import ExchangeError
from ...webhooks import address
from ..exchange.crm_exchange import service
from .crm_exchange_hook_rotation import MAX_OVERLAP_HOURS, OVERLAP_HOURS

PAGE = 100
TEST_SECONDS = 10  # between two tests: they must not serve to flood a third party


class ExchangeHookService(models.AbstractModel):
    """What a partner's system itself can do about its webhook."""

    _inherit = "crm.exchange"

    @service
    def hook_set(self, url="", entities=(), enabled=True):
        """Say where you want to hear that there is news; you then `pull` it.

        :param str url: https address of a public server, port 443 or 8443; the one you
            gave before when left out
        :param list entities: news of these only; of all you may read when left out
        :param bool enabled: false pauses; set again it also ends a pause of ours after
            long failure
        :return: ``{hook, secret?}``; the secret (Standard Webhooks, ``whsec_...``) is
            told here and at no other time: keep it to verify what we send
        """
        url = arguments.text(url, "url")
        names = arguments.texts(entities, "entities")
        arguments.flag(enabled, "enabled")
        own = self._client()
        hook = self._hook_of(own)
        values = self._prepare_hook_values(own, hook, url, names)
        hook = self._save_hook(own, hook, values)
        answer = {}
        if not hook.secret:
            answer["secret"] = hook._begin()
        if not enabled:
            hook.state = "off"
        elif hook.state != "on":
            hook._switch_on()
        self._audit(own, "hook_set", "", values, 1)
        return {**answer, "hook": self._describe_hook(hook)}

    @service
    def hook_rotate(self, overlap_hours=OVERLAP_HOURS):
        """A new secret, told here and at no other time.

        :param int overlap_hours: 0 to 168, for which messages bear signatures by both
            secrets; 0 stops the old ones at once, for when one has leaked
        :return: ``{secret, hook}``
        """
        hours = arguments.whole(overlap_hours, "overlap_hours", 0, MAX_OVERLAP_HOURS)
        own = self._client()
        hook = self._usable_hook(own)
        if hours and hook._is_rotating():
            raise ExchangeError(
                "hook_rotating",
                "Two secrets sign already. Wait, or pass 0 to end the old ones now.",
                path="overlap_hours",
                expected=wire.moment(hook.old_secret_until),
            )
        secret = hook._rotate(hours)
        self._audit(own, "hook_rotate", "", (), 1)
        return {"secret": secret, "hook": self._describe_hook(hook)}

    @service
    def hook_test(self):
        """Have a message of type ``exchange.test`` sent to you within a minute.

        It is tried once. `hook_deliveries` tells what came of it.

        :return: ``{id}``, the ``webhook-id`` of the message
        """
        own = self._client()
        hook = self._usable_hook(own)
        since = fields.Datetime.now() - timedelta(seconds=TEST_SECONDS)
        if hook.delivery_ids.search_count(
            [
                ("hook_id", "=", hook.id),
                ("kind", "=", "test"),
                ("next_at", ">", since),  # when it was queued, to the second
            ],
            limit=1,
        ):
            raise ExchangeError(
                "rate_limited",
                "A test was asked for just now.",
                retry_after=TEST_SECONDS,
            )
        delivery = hook._queue("test")
        hook._wake()
        self._audit(own, "hook_test", "", (), 1)
        return {"id": delivery.message}

    @service
    def hook_deliveries(self, state="", limit=50, before=""):
        """What was sent to you and what came of it, the newest first.

        :param str state: only ``waiting``, ``delivered`` or ``dead``
        :param int limit: 1 to 100
        :param str before: id of the last delivery of the page before
        :return: ``{hook, deliveries, more}``; a delivery is ``{id, type, state,
            attempts, at, next_at?, sent_at?, delivered_at?, response_code?,
            duration_ms?, error?}``
        """
        limit = arguments.whole(limit, "limit", 1, PAGE)
        state = arguments.text(state, "state")
        if state not in ("", "waiting", "delivered", "dead"):
            raise ExchangeError(
                "invalid_argument",
                "There is no such state.",
                path="state",
                expected="waiting, delivered or dead",
                got=state,
            )
        hook = self._existing_hook(self._client())
        domain = [("hook_id", "=", hook.id)]
        if state:
            domain.append(("state", "=", state))
        if arguments.text(before, "before"):
            found = self._own_deliveries(hook, [before])
            domain.append(("id", "<", found.id or 0))
        deliveries = hook.delivery_ids.search(domain, limit=limit + 1)
        return {
            "hook": self._describe_hook(hook),
            "deliveries": [_describe(delivery) for delivery in deliveries[:limit]],
            "more": len(deliveries) > limit,
        }

    @service
    def hook_redeliver(self, ids):
        """Have messages sent again, with the same ``webhook-id`` and body.

        :param list ids: up to 100, as `hook_deliveries` gives them
        :return: ``{queued, not_found}``; one that is being sent just now is in neither
        """
        names = arguments.texts(ids, "ids")
        if len(names) > PAGE:
            raise ExchangeError(
                "too_large",
                "Too many deliveries in one call.",
                path="ids",
                expected=f"{PAGE} at most",
                got=len(names),
            )
        own = self._client()
        hook = self._usable_hook(own)
        found = self._own_deliveries(hook, names)
        queued = found._redeliver()
        hook._wake()
        self._audit(own, "hook_redeliver", "", (), len(queued))
        known = set(found.mapped("message"))
        return {
            "queued": queued.mapped("message"),
            "not_found": [name for name in dict.fromkeys(names) if name not in known],
        }

    # ------------------------------------------------------------------ steps

    @api.model
    def _hook_of(self, client):
        hooks = self.env["crm.exchange.hook"].sudo()
        return hooks.search([("client_id", "=", client.id)])

    @api.model
    def _existing_hook(self, client):
        hook = self._hook_of(client)
        if not hook:
            raise ExchangeError("hook_missing", "You have no webhook: call hook_set.")
        return hook

    @api.model
    def _usable_hook(self, client):
        hook = self._existing_hook(client)
        self._check_not_stopped(hook)
        if not hook.secret:
            raise ExchangeError("hook_missing", "It has no secret yet: call hook_set.")
        return hook

    @api.model
    def _check_not_stopped(self, hook):
        if hook.state == "stopped":
            raise ExchangeError(
                "hook_stopped", "Our operator switched your webhook off: ask them."
            )

    @api.model
    def _own_deliveries(self, hook, names):
        return hook.delivery_ids.search(
            [("hook_id", "=", hook.id), ("message", "in", names)]
        )

    @api.model
    def _prepare_hook_values(self, client, hook, url, names):
        self._check_not_stopped(hook)
        values = {"scope_ids": [Command.set(self._get_hook_scopes(client, names).ids)]}
        if not url and not hook:
            raise ExchangeError("invalid_argument", "Missing argument.", path="url")
        if url and url != hook.url:
            try:
                address.parse(url, address.PUBLIC)
            except address.AddressRefused as error:
                raise ExchangeError(
                    "hook_address",
                    f"Nothing can be sent there. {error.message}",
                    path="url",
                    expected="https address of a public server",
                ) from error
            values |= {"url": url, "inside": False}
        return values

    @api.model
    def _get_hook_scopes(self, client, names):
        readable = {entity.name: scope for entity, scope in self._scopes(client)}
        for place, name in enumerate(names):
            if name not in readable:
                raise ExchangeError(
                    "out_of_scope",
                    "There is no such entity in your scope; hello() lists them.",
                    path=f"entities[{place}]",
                    got=name,
                )
        scopes = client.scope_ids.browse()
        return scopes.union(*(readable[name] for name in names))

    @api.model
    def _save_hook(self, client, hook, values):
        if hook:
            hook.write(values)
            return hook
        try:
            with self.env.cr.savepoint():
                return hook.create({**values, "client_id": client.id})
        except psycopg2.errors.UniqueViolation as error:
            raise ExchangeError(
                "busy", "Another call sets your webhook up just now.", retry_after=1
            ) from error

    @api.model
    def _describe_hook(self, hook):
        described = {
            "url": hook.url,
            "state": hook.state,
            "entities": hook._get_entities(),
            "attempts": hook._get_attempts(),
            "waiting": hook.waiting_count,
            "dead": hook.dead_count,
        }
        if hook._is_rotating():
            described["old_secret_until"] = wire.moment(hook.old_secret_until)
        for name in ("delivered_at", "failing_since"):
            if hook[name]:
                described[name] = wire.moment(hook[name])
        return described


def _describe(delivery):
    described = {
        "id": delivery.message,
        "type": "exchange.test" if delivery.kind == "test" else "exchange.changed",
        "state": delivery.state,
        "attempts": delivery.attempt,
        "at": wire.moment(delivery.create_date.replace(microsecond=0)),
    }
    if delivery.state == "waiting":
        described["next_at"] = wire.moment(delivery.next_at)
    for name in ("sent_at", "delivered_at"):
        if delivery[name]:
            described[name] = wire.moment(delivery[name])
    if delivery.sent_at:
        described["duration_ms"] = delivery.milliseconds
    if delivery.status:
        described["response_code"] = delivery.status
    if delivery.error:
        described["error"] = delivery.error
    return described
