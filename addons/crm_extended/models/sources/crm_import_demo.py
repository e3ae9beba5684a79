import csv
import tempfile
from datetime import datetime
from pathlib import Path

from odoo import api, fields, models
from odoo.tools import file_path

_FORMS = {"YYYY-MM-DD": "%Y-%m-%d", "DD.MM.YYYY": "%d.%m.%Y"}


class Import(models.Model):
    _inherit = "crm.import"

    @api.model
    def _load_demo(self, mapping_xmlid, name, anchor):
        """The story stays fresh: its days move so that the anchor is today.

        :param mapping_xmlid: of a mapping with a column called date
        :param name: file in the folder demo
        :param anchor: day in the file, YYYY-MM-DD, that becomes today
        """
        mapping = self.env.ref(mapping_xmlid)
        shift = fields.Date.context_today(self) - fields.Date.to_date(anchor)
        form = _FORMS[mapping.date_form]
        encoding = "utf-8" if mapping.encoding == "auto" else mapping.encoding
        layout = mapping._get_layout()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            with (
                open(file_path(f"crm_extended/demo/{name}"), encoding=encoding) as old,
                open(path, "w", encoding=encoding, newline="") as new,
            ):
                reader = csv.DictReader(old, delimiter=layout.delimiter)
                writer = csv.DictWriter(
                    new, reader.fieldnames, delimiter=layout.delimiter
                )
                writer.writeheader()
                for row in reader:
                    day = datetime.strptime(row["date"], form) + shift
                    writer.writerow({**row, "date": day.strftime(form)})
            run = self._run_file(mapping, path)
        if run.error or run.error_count:
            raise ValueError(f"{name}: {run.error or run.problems}")
