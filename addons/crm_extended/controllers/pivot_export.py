import json

from odoo import http
from odoo.http import request

from odoo.addons.web.controllers.pivot import TableExporter

from ..models.handover.crm_access_count import WATCHED


class PivotExport(TableExporter):
    @http.route()
    def export_xlsx(self, data, **kw):
        """A pivot of customers leaves the house by the same right as a list of them.

        The table is computed in the browser: what is logged is its size and measures.
        """
        if hasattr(data, "read"):
            text = data.read()
            data.seek(0)
        else:
            text = data
        try:
            table = json.loads(text)
        except ValueError:
            table = None
        if isinstance(table, dict) and table.get("model") in WATCHED:
            rows, heads = table.get("rows"), table.get("measure_headers")
            titles = [h.get("title", "") for h in heads or [] if isinstance(h, dict)]
            request.env["crm.export.log"]._admit(
                table["model"], len(rows or []), sorted(set(titles)), "pivot"
            )
        return super().export_xlsx(data, **kw)
