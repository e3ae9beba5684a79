import csv
import io

import xlsxwriter

from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

RISKY = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula
KINDS_OF_FILE = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class WhatifExport(http.Controller):
    @http.route(
        "/crm_extended/loyalty/whatif.<string:extension>", type="http", auth="user"
    )
    def export(self, extension, kind="segment", discount="10", points="1", **_kw):
        """The table of the screen as a file, with its reader's rights."""
        if extension not in KINDS_OF_FILE:
            return request.not_found()
        try:
            discount, points = float(discount), float(points)
            told = request.env["crm.loyalty.whatif"].get(kind, discount)
            rows = list(self._rows(told, points))
        except (UserError, ValueError) as error:
            return request.make_response(str(error), status=400)
        write = self._xlsx if extension == "xlsx" else self._csv
        return request.make_response(
            write(rows),
            [
                ("Content-Type", KINDS_OF_FILE[extension]),
                ("Content-Disposition", content_disposition(f"churn.{extension}")),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    def _rows(self, told, points):
        if points not in told["steps"]:
            raise ValueError("points")
        env = request.env
        step = told["steps"].index(points)
        yield [
            env._("Group"),
            env._("Customers"),
            env._("Margin per Customer (%(currency)s)", currency=told["currency"]),
            env._("Retention (%)"),
            env._("Worth Now"),
            env._("Worth with %(points)s Points Less Churn", points=points),
            env._("Gain"),
            env._("Note"),
        ]
        for group in told["groups"]:
            worth = group["worth"]
            money = (
                [worth[0], worth[step], worth[step] - worth[0]] if worth else [""] * 3
            )
            yield [
                group["name"],
                group["customers"],
                round(group["margin"], 2) if group["margin"] else "",
                group["retention"],
                *money,
                group["note"] or "",
            ]

    def _csv(self, rows):
        out = io.StringIO()
        writer = csv.writer(out)
        for row in rows:
            writer.writerow(
                f"'{cell}" if isinstance(cell, str) and cell.startswith(RISKY) else cell
                for cell in row
            )
        return ("\ufeff" + out.getvalue()).encode()

    def _xlsx(self, rows):
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True})
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                # a text stays a text, whatever it begins with
                write = sheet.write_string if isinstance(cell, str) else sheet.write
                write(place, column, cell)
        book.close()
        return out.getvalue()
