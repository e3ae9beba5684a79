from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..exchange import sample

MOST = 2**31 - 1


class ExchangePortal(CustomerPortal):
    """A partner's people see their own clients of the exchange, and nobody else's.

    Whether a client is theirs is asked at every request; what is not, does not exist.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "exchange_count" in counters:
            values["exchange_count"] = len(self._get_clients())
        return values

    def _get_clients(self):
        """The clients of who is signed in, with the system's rights."""
        clients = request.env["crm.exchange.client"].sudo()
        clients = clients.with_context(active_test=False)
        return clients.search(clients._get_portal_domain(request.env.user))

    def _get_client(self, client_id):
        if not 0 < client_id <= MOST:
            raise request.not_found()
        found = self._get_clients().filtered(lambda c: c.id == client_id)
        if not found:
            raise request.not_found()
        return found

    def _render(self, template, page, client, values):
        values = {
            **self._prepare_portal_layout_values(),
            **values,
            "page_name": "exchange",
            "page": page,
            "client": client,
        }
        response = request.render(f"crm_extended.{template}", values)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
        return response

    # ------------------------------------------------------------------ pages

    @http.route("/my/exchange", type="http", auth="user", website=True)
    def exchange_clients(self, **_query):
        rows = [(c, c._get_portal_health()) for c in self._get_clients()]
        return self._render("portal_exchange_clients", "list", None, {"rows": rows})

    @http.route("/my/exchange/<int:client_id>", type="http", auth="user", website=True)
    def exchange_client(self, client_id, **_query):
        client = self._get_client(client_id)
        return self._render_client(client)

    def _render_client(self, client, **values):
        values = {**client._get_portal_values(), **values}
        return self._render("portal_exchange_client", "state", client, values)

    @http.route(
        "/my/exchange/<int:client_id>/manual", type="http", auth="user", website=True
    )
    def exchange_manual(self, client_id, **_query):
        client = self._get_client(client_id)
        url = client.get_base_url()
        database, login = request.env.cr.dbname, client.user_id.login
        values = {
            **client._get_portal_manual(),
            "url": url,
            "database": database,
            "login": login,
            "sample": sample.python(url, database, login),
        }
        return self._render("portal_exchange_manual", "manual", client, values)

    @http.route(
        "/my/exchange/<int:client_id>/console",
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def exchange_console(self, client_id, method="hello", arguments=None, **_query):
        """Try out a call; only of a client for trying out, and nothing is kept."""
        client = self._get_client(client_id)
        console = request.env["crm.exchange.console"].sudo()
        methods = console._get_methods()
        method = method if method in methods else "hello"
        answer = problem = ""
        if request.httprequest.method == "POST":
            answer, problem = console._try(client, method, str(arguments or ""))
        values = {
            "methods": methods,
            "method": method,
            "arguments": arguments or console._get_example(client, method),
            "answer": answer,
            "problem": problem,
            "others": (self._get_clients() - client).filtered("sandbox"),
        }
        return self._render("portal_exchange_console", "console", client, values)

    # ------------------------------------------------------------------ keys

    @http.route(
        "/my/exchange/<int:client_id>/key",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def exchange_make_key(self, client_id, label="", **_query):
        """Make a key and show it in this answer alone, which nobody may store."""
        client = self._get_client(client_id)
        if not client.portal_keys:
            raise request.not_found()
        label = " ".join(str(label).split())[:80]
        if not label:
            problem = request.env._("Say what the key is for.")
            return self._render_client(client, problem=problem)
        try:
            client._check_may_have_key()
            key = client._make_key(label)
        except UserError as error:
            return self._render_client(client, problem=str(error))
        client.invalidate_recordset()
        return self._render_client(client, new_key=key)

    @http.route(
        "/my/exchange/<int:client_id>/key/<int:key_id>/revoke",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def exchange_revoke_key(self, client_id, key_id, **_query):
        client = self._get_client(client_id)
        key = client.credential_ids.filtered(lambda k: k.id == key_id)
        if not client.portal_keys or not key:
            raise request.not_found()
        key._revoke()
        return request.redirect(f"/my/exchange/{client.id}")
