from odoo import http
from odoo.http import request

from ..models.referral.sale_order import COOKIE
from ..referrals import code as codes
from ..referrals.limit import Limit

DAYS = 90  # the link is remembered for so long
limit = Limit(most=30, seconds=60)


class ReferralController(http.Controller):
    """Links of customers who bring others.

    The code is remembered in a cookie and nothing else is; where the link leads is a
    path of this site from the programme, never from the address. A code that nobody has
    is answered like one that somebody has.
    """

    @http.route(
        "/r/<string:code>", type="http", auth="public", methods=["GET"], sitemap=False
    )
    def follow(self, code, **_ignored):
        if not limit.admit(request.httprequest.remote_addr or ""):
            return request.make_response(
                request.env._("Too many visits. Please try again in a minute."),
                status=429,
            )
        clean = codes.clean(code)
        path = "/"
        if clean:
            path = request.env["crm.referral.code"]._visit(clean)
        response = request.redirect(path, local=True)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        if clean:
            response.set_cookie(
                COOKIE,
                clean,
                max_age=DAYS * 86400,
                httponly=True,
                samesite="Lax",
                secure=request.httprequest.scheme == "https",
            )
        return response
