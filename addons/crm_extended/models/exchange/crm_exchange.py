import functools
import inspect
import logging
from contextlib import contextmanager
from datetime import timedelta

import psycopg2
import pytz

from odoo import api, fields, models, modules
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ...exchange import arguments, envelope, wire
from ...exchange import call as calls
from ...exchange.customer import CONTACT, CUSTOMER
from ...exchange.entity import VERBS
from ...exchange.errors import ExchangeError
from .door import current_door

_logger = logging.getLogger(__name__)


def service(method):
    """Make a method a service of the exchange: checked arguments in, one envelope out.

    The signature is hidden on purpose: both faces hand over whatever was sent, so that
    a misspelt argument is answered in the envelope too and not by a fault of the face.
    """

    @functools.wraps(method)
    def call(self, *args, **kwargs):
        return self._serve(method, args, kwargs)

    del call.__wrapped__
    call.exchange_service = True
    call.exchange_signature = inspect.signature(method)  # for the manual
    return api.model(call)


class Exchange(models.AbstractModel):
    """All that partners' systems can call, over XML-RPC or JSON-2.

    Every answer has the shape of `exchange.envelope`; a business error is returned
    there and never raised. Who calls, whether it has expired and what it may read is
    checked at each call, because a face may have kept the login for long.
    """

    _name = "crm.exchange"
    _description = "Partner Data Exchange"

    @api.model
    def _entities(self):
        """Entities by name. Override to add your own to what `super()` returns."""
        return {entity.name: entity for entity in (CUSTOMER, CONTACT)}

    # ------------------------------------------------------------------ methods

    @service
    def hello(self, client="", versions=()):
        """Who you are to us, what you may read and within which limits.

        :param str client: name and version of your program, shown to our operator
        :param list versions: versions of the API you understand, such as ``["1.0"]``
        :return: ``{client, source, on_conflict, sandbox, company, versions, entities[],
            expires_at, kept_days, head, time}``; your own keys belong to ``source``;
            ``entities`` holds ``{name, version, verbs[], fields[]}``
        """
        versions = arguments.texts(versions, "versions")
        if versions and envelope.API not in versions:
            raise ExchangeError(
                "unknown_version",
                "None of your versions is spoken here.",
                path="versions",
                expected=envelope.API,
                got=versions,
            )
        own = self._client()
        self._touch(own, arguments.text(client, "client")[:80])
        _epoch, head, _floor = self.env["crm.exchange.change"]._position()
        data = {
            "client": own.code,
            "source": own.source_id.code or "",
            "on_conflict": own.conflict_policy,
            "sandbox": own.sandbox,
            "company": own.company_id.name,
            "versions": [envelope.API],
            "entities": [
                {
                    "name": entity.name,
                    "version": entity.version,
                    "verbs": [verb for verb in VERBS if scope._may(verb)],
                    "fields": list(scope._readable_fields(entity)),
                }
                for entity, scope in self._scopes(own)
            ],
            "kept_days": self.env["crm.exchange.change"]._kept_days(),
            "head": str(head),
            "time": wire.moment(fields.Datetime.now()),
        }
        key = self._credential()
        if key.expires_at:
            data["key_expires_at"] = wire.moment(key.expires_at)
        if own.expires_at:
            data["expires_at"] = wire.moment(own.expires_at)
        return data

    @service
    def schema(self, entity, version=""):
        """The fields of one entity that you may read.

        :param str entity: such as ``customer``
        :param str version: version you were written for; the major part must fit
        :return: ``{name, version, help, key, fields[]}``; a field is ``{name, type,
            personal, writable, required, deprecated, maximum?, values?, help?}``
        """
        found, scope = self._readable(arguments.text(entity, "entity"))
        version = arguments.text(version, "version")
        if version and version.split(".")[0] != found.version.split(".")[0]:
            raise ExchangeError(
                "unknown_version",
                "This version of the entity is not served.",
                path="version",
                expected=found.version,
                got=version,
            )
        told = found.schema(scope._readable_fields(found))
        may_write = scope._writable_fields(found)
        for field in told["fields"]:
            field["writable"] = field["name"] in may_write
        return told

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Nothing to describe here; generic clients ask before they call a method."""
        return {}

    # ------------------------------------------------------------------ envelope

    @api.model
    def _serve(self, method, args, kwargs):
        """Run a service method for the calling client and wrap what comes of it."""
        self = self._with_plain_context()
        with calls.running(method.__name__) as running:
            answer = self._answer(method, args, kwargs, running.request_id)
            self._conclude(running, answer)
        return answer

    @api.model
    def _answer(self, method, args, kwargs, request_id):
        epoch = ""
        try:
            self._admit(self._find_client(), method.__name__)
            with self.env.cr.savepoint():
                epoch = self.env["crm.exchange.change"]._position()[0]
                self._check_quota(self._client())
                bound = arguments.bind(method, args, kwargs)
                data = wire.outgoing(method(self, **bound), method.__name__)
            return envelope.success(request_id, epoch, data)
        except ExchangeError as error:
            _logger.info("%s: %s refused: %s", request_id, method.__name__, error.code)
            return envelope.failure(request_id, epoch, [error])
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # Odoo tries again; the face answers `busy` when that fails too
        except psycopg2.errors.ReadOnlySqlTransaction:
            raise  # Odoo tries again where writing is possible
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            raise  # the connection is gone: nothing can be said about the transaction
        except Exception:
            _logger.exception("%s: %s failed", request_id, method.__name__)
            return envelope.unexpected(request_id, epoch)

    @api.model
    def _admit(self, client, method):
        """Override to refuse a call because there were too many, before it does work.

        :param client: the caller's `crm.exchange.client`, alive or not; may be empty
        """

    @api.model
    def _check_quota(self, client):
        """Override to refuse a call because the client had enough for today."""

    @api.model
    def _conclude(self, running, answer):
        """Override to note how a call ended; what it raises is logged, not answered."""

    @api.model
    def _with_plain_context(self):
        """A context of language and time zone only; all else would be an injection."""
        given, kept = self.env.context, {}
        lang, tz = given.get("lang"), given.get("tz")
        if isinstance(lang, str):
            installed = {code for code, _name in self.env["res.lang"].get_installed()}
            if lang in installed:
                kept["lang"] = lang
        if isinstance(tz, str) and tz in pytz.all_timezones_set:
            kept["tz"] = tz
        return self.with_env(self.env(context=kept))  # with_context keeps companies

    # ------------------------------------------------------------------ who may what

    @api.model
    def _client(self):
        """The calling client, with the system's rights.

        :raises ExchangeError: `not_a_client`, `client_inactive`, `client_expired`,
            `address_refused`
        """
        own = self._find_client()
        if not own:
            raise ExchangeError("not_a_client", "This login is no exchange client.")
        if not own.active:
            raise ExchangeError("client_inactive", "The client was switched off.")
        if own.expires_at and own.expires_at <= fields.Datetime.now():
            raise ExchangeError("client_expired", "The client has expired.")
        own._check_address()
        return own

    @api.model
    def _find_client(self):
        """The client whose login calls, alive or not, with the system's rights.

        Who a login belongs to is looked up once a call; whether the client is alive, at
        each look.
        """
        clients = self.env["crm.exchange.client"].sudo()
        clients = clients.with_context(active_test=False)
        running = calls.current()
        if running and running.caller[0] == self.env.uid:
            return clients.browse(running.caller[1])
        found = clients.search([("user_id", "=", self.env.uid)], limit=1)
        if running and found:
            running.caller = (self.env.uid, found.id)
        return found

    @api.model
    def _credential(self):
        """The key that this call was signed with, empty where none is known of.

        Each face proves the key before a method runs and notes its record on the
        door; a job that works on for a client notes it with `calls.acting`.
        """
        found = calls.credential()
        if not found and (door := current_door()):
            found = door.credential
        return self.env["crm.exchange.credential"].sudo().browse(max(found, 0))

    @api.model
    def _scope_of(self, client):
        """{entity name: scope} for whatever verb: the client's, or its key's narrower.

        What a scope allows is asked of it by `_may`, `_readable_fields`,
        `_writable_fields` and `_record_domain`, never read from its fields: a key's
        scope is narrowed there to what the client itself may do.
        """
        key = self._credential()
        narrow = key and key.client_id == client and key.is_narrow
        scopes = key.scope_ids if narrow else client.scope_ids
        return {scope.entity: scope for scope in scopes}

    @api.model
    def _scopes(self, client):
        """(entity, scope) for all the client may read, in declared order."""
        by_name = {n: s for n, s in self._scope_of(client).items() if s._may("read")}
        return [
            (entity, by_name[name])
            for name, entity in self._entities().items()
            if name in by_name
        ]

    @api.model
    def _readable(self, name):
        """(entity, scope) of one entity that the calling client may read.

        An entity that exists but is not in scope is refused with the same words as one
        that does not exist.
        """
        for entity, scope in self._scopes(self._client()):
            if entity.name == name:
                return entity, scope
        raise ExchangeError(
            "out_of_scope",
            "There is no such entity in your scope; hello() lists them.",
            path="entity",
            got=name,
        )

    # ------------------------------------------------------------------ own cursors

    @contextmanager
    def _own_cursor(self):
        """A second transaction, for what must not wait for or fail with the call's own.

        Tests run in one transaction and get that.
        """
        if modules.module.current_test:
            self.env.flush_all()
            yield self.env.cr
        else:
            with self.env.registry.cursor() as cr:
                yield cr

    @api.model
    def _touch(self, client, software=""):
        """Note that the client was here, at most once a minute and never waiting."""
        now = fields.Datetime.now()
        recent = client.last_seen and now - client.last_seen < timedelta(minutes=1)
        if recent and software in ("", client.software):
            return
        with self._own_cursor() as cr:
            cr.execute(
                SQL(
                    """UPDATE crm_exchange_client
                          SET last_seen = %(now)s,
                              software = COALESCE(NULLIF(%(software)s, ''), software)
                        WHERE id IN (SELECT id FROM crm_exchange_client
                                      WHERE id = %(id)s FOR UPDATE SKIP LOCKED)""",
                    now=now,
                    software=software,
                    id=client.id,
                )
            )
        client.invalidate_recordset(["last_seen", "software"])
