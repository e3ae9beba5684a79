import json

from odoo import api, fields, models
from odoo.tools import SQL

from ...exchange import call as calls
from ...exchange import wire

PER_MINUTE = 20
LONGEST = 64 * 1024
# what only answers, or is taken back when the client is one for trying out
METHODS = ("hello", "schema", "get", "pull", "push", "match", "digest", "quota")
EXAMPLES = {
    "hello": {"client": "console", "versions": ["1.0"]},
    "schema": {"entity": "customer"},
    "get": {"entity": "customer", "keys": [{"id": 1}]},
    "pull": {"limit": 3},
    "digest": {"entity": "customer"},
    "match": {"criteria": {"email": "name@example.com"}},
}


class _Undo(Exception):
    """The call was tried out: back to the state before."""


class ExchangeConsole(models.Model):
    """How often a person has tried out calls in the running minute."""

    _name = "crm.exchange.console"
    _description = "Use of the Exchange Console"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    minute = fields.Datetime(required=True)
    calls = fields.Integer(required=True)

    _user_uniq = models.Constraint("UNIQUE (user_id)", "A user is counted once.")

    @api.model
    def _admit(self, user):
        """Whether this person may call once more in this minute."""
        with self.env["crm.exchange"]._own_cursor() as cr:
            cr.execute(
                SQL(
                    """INSERT INTO crm_exchange_console AS c (user_id, minute, calls)
                       VALUES (%(user)s, date_trunc('minute', now() AT TIME ZONE 'UTC'),
                               1)
                           ON CONFLICT (user_id) DO UPDATE
                          SET calls = CASE WHEN c.minute = EXCLUDED.minute
                                           THEN c.calls + 1 ELSE 1 END,
                              minute = EXCLUDED.minute
                       RETURNING calls""",
                    user=user.id,
                )
            )
            return cr.fetchone()[0] <= PER_MINUTE

    @api.model
    def _get_methods(self):
        """Names of the services that can be tried out."""
        kind = type(self.env["crm.exchange"])
        return [
            name
            for name in METHODS
            if hasattr(getattr(kind, name, None), "exchange_service")
        ]

    @api.model
    def _get_example(self, client, method):
        """Arguments to begin with, as text."""
        arguments = EXAMPLES.get(method, {})
        if method == "push":
            key = {"source": client.source_id.code or client.code, "id": "TEST-1"}
            row = {"row_id": "1", "op": "upsert", "entity": "customer", "key": key}
            row |= {"base_rev": "*", "set": {"name": "Test Customer"}}
            arguments = {"batch_id": "console-1", "rows": [row]}
        return json.dumps(arguments, indent=2, ensure_ascii=False)

    @api.model
    def _try(self, client, method, text):
        """Call a service as a client for trying out, then take everything back.

        :param str text: the arguments as a JSON object
        :return: (the answer as text or "", what is wrong with the request or "")
        """
        if not client.sandbox:
            return "", self.env._("This client works with real data.")
        if method not in self._get_methods():
            return "", self.env._("This method cannot be tried out here.")
        if len(text) > LONGEST:
            return "", self.env._("The arguments are too long: 64 kB at most.")
        try:
            arguments = json.loads(text.strip() or "{}")
        except (ValueError, RecursionError):
            arguments = None
        if not isinstance(arguments, dict) or "self" in arguments:
            return "", self.env._(
                "The arguments are not a JSON object. Write names in double quotes, "
                "such as {“limit”: 3}, without a comma at the end."
            ).replace("“", '"').replace("”", '"')
        if not self._admit(self.env.user):
            return "", self.env._(
                "Too many calls: %(count)s a minute. Wait a little.", count=PER_MINUTE
            )
        return self._call_and_undo(client, method, arguments), ""

    def _call_and_undo(self, client, method, arguments):
        service = self.env["crm.exchange"].with_user(client.user_id).sudo(False)
        answer = {}
        try:
            with self.env.cr.savepoint(), calls.inside():
                answer = getattr(service, method)(**arguments)
                raise _Undo
        except _Undo:
            self.env.invalidate_all(flush=False)
        return json.dumps(wire.outgoing(answer), indent=2, ensure_ascii=False)
