from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..referrals.limit import Limit

PATH = "/my/customer"
limit = Limit(most=30, seconds=60)  # changes by a person
options = {"type": "http", "auth": "user", "website": True}


class CustomerPageController(CustomerPortal):
    """A customer's own page: prices, papers, points, offers, consents, data.

    Who is signed in decides whose page it is; changes are posted with a token.
    """

    def _get_page(self):
        address = request.httprequest.remote_addr
        return request.env["crm.customer.page"].with_context(page_ip=address)

    def _render_page(self, template, page, values):
        values = {
            **self._prepare_portal_layout_values(),
            **values,
            "page_name": "customer",
            "page": page,
        }
        response = request.render(f"crm_extended.{template}", values)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
        return response

    def _is_too_often(self):
        return not limit.admit(f"{request.env.cr.dbname}/{request.env.uid}")

    def _get_too_often(self):
        return request.env._("Too many changes. Please try again in a minute.")

    # ------------------------------------------------------------------ pages

    @http.route(PATH, **options)
    def customer_page(self, **_query):
        return self._render_overview()

    def _render_overview(self, problem="", done=""):
        values = self._get_page()._get_overview(request.env.user)
        values |= {"problem": problem, "done": done}
        return self._render_page("portal_customer_overview", "overview", values)

    @http.route(f"{PATH}/prices", **options)
    def customer_prices(self, search="", **_query):
        values = self._get_page()._get_prices(request.env.user, search)
        return self._render_page("portal_customer_prices", "prices", values)

    @http.route(f"{PATH}/consents", methods=["GET", "POST"], **options)
    def customer_consents(self, **form):
        page, user = self._get_page(), request.env.user
        problem = done = ""
        if request.httprequest.method == "POST":
            problem = self._take_answer(page, user, form)
            done = "" if problem else request.env._("Noted. Thank you.")
        values = {**page._get_consents(user), "problem": problem, "done": done}
        return self._render_page("portal_customer_consents", "consents", values)

    def _take_answer(self, page, user, form):
        if self._is_too_often():
            return self._get_too_often()
        if "choice" in form:
            choice = page._read_id(form["choice"])
            kept = (choice or form["choice"] == "0") and page._prefer(user, choice)
        else:
            names = ("purpose", "channel", "wording")
            ids = [page._read_id(form.get(name)) for name in names]
            kept = form.get("answer") in ("yes", "no") and page._answer(
                user, *ids, form["answer"] == "yes"
            )
        if kept:
            return ""
        return request.env._("The page has changed meanwhile. Please answer again.")

    @http.route(f"{PATH}/data", methods=["GET", "POST"], **options)
    def customer_data(self, **form):
        page, user = self._get_page(), request.env.user
        problem = done = ""
        if request.httprequest.method == "POST":
            if self._is_too_often():
                problem = self._get_too_often()
            else:
                problem = page._correct(user, form)
            done = not problem and request.env._("Thank you. We look at it.")
        values = {**page._get_data(user), "problem": problem, "done": done}
        return self._render_page("portal_customer_data", "data", values)

    # ------------------------------------------------------------------ changes

    @http.route(f"{PATH}/offer/<int:offer_id>", methods=["POST"], **options)
    def customer_offer(self, offer_id, answer="", reason="", **_form):
        page, user = self._get_page(), request.env.user
        found = 0 < offer_id < 2**31 and page._find_offer(user, offer_id)
        if not found:
            raise request.not_found()
        if self._is_too_often():
            return self._render_overview(self._get_too_often())
        if answer == "no":
            page._refuse_offer(user, found, reason)
            return self._render_overview(done=request.env._("Noted. Thank you."))
        if answer != "yes":
            raise request.not_found()
        try:
            with request.env.cr.savepoint():
                page._ask_quotation(user, found)
        except UserError as error:
            return self._render_overview(str(error))
        told = request.env._("Thank you. You will receive the quotation soon.")
        return self._render_overview(done=told)

    @http.route(f"{PATH}/link", methods=["POST"], **options)
    def customer_link(self, **_form):
        if not self._is_too_often():
            self._get_page()._make_code(request.env.user)
        return request.redirect(f"{PATH}#loyalty")

    @http.route(f"{PATH}/statement/<int:card_id>", methods=["POST"], **options)
    def customer_statement(self, card_id, date_from="", date_to="", **_form):
        """The statement of a card as PDF; heavy, so limited as changes are."""
        if self._is_too_often():
            return self._render_overview(self._get_too_often())
        try:
            first = fields.Date.to_date(date_from[:10])
            last = fields.Date.to_date(date_to[:10])
        except (ValueError, TypeError):
            first = last = None
        if not first or not last or first > last or last.year > 9000:
            told = request.env._("Choose a first day and a last day after it.")
            return self._render_overview(told)
        try:
            content = 0 < card_id < 2**31 and self._get_page()._make_statement(
                request.env.user, card_id, first, last
            )
        except UserError as error:  # without the program that makes PDF
            return self._render_overview(str(error))
        if not content:
            raise request.not_found()
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Disposition", 'attachment; filename="statement.pdf"'),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(content, headers=headers)
