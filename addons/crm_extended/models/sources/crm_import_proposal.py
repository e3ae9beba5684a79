from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...intake.layout import Layout
from ...intake.reading import Table
from ...intake.sniff import guess_layout, guess_target
from .crm_import_mapping import ALWAYS

_HEAD = 64 * 1024


class Import(models.Model):
    """A file that no mapping fits yet: a first mapping is proposed from its header."""

    _inherit = "crm.import"

    proposal_source_id = fields.Many2one(
        "crm.source",
        string="Source of a New Mapping",
        check_company=True,
        copy=False,
        help="Where the file comes from, when a mapping is to be proposed for it",
    )

    def action_propose_mapping(self):
        """Make a mapping from the file's first rows and open it for a look.

        :raises UserError: no file or source, or a header that tells too little
        """
        self.ensure_one()
        self.check_access("write")
        self._check_file()
        self._check_idle()
        if not self.proposal_source_id:
            raise UserError(self.env._("Choose the source that the file comes from."))
        with self._problems_in_words(), self._open_file() as stream:
            vals = self._guess_mapping(stream)
        self.mapping_id = self.env["crm.import.mapping"].create(vals)
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.import.mapping",
            "res_id": self.mapping_id.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def _guess_mapping(self, stream):
        guess = guess_layout(stream.read(_HEAD))
        stream.seek(0)
        header = guess.header
        if guess.kind == "xlsx":
            header = Table(stream, Layout(kind="xlsx")).header
        targets = {}
        offered = dict(self.env["crm.import.mapping.line"]._select_target())
        for name in header:
            target = guess_target(name)
            taken = name in targets or target in targets.values()
            if target in offered and not taken:
                targets[name] = target
        found = set(targets.values())
        bought = {"date", "amount"} <= found
        what = "both" if bought and "name" in found else "customers"
        what = "purchases" if bought and "name" not in found else what
        self._check_guess(ALWAYS[what] - found, header)
        return {
            "name": self.file_name or self.proposal_source_id.name,
            "what": what,
            "source_id": self.proposal_source_id.id,
            "company_id": (self.proposal_source_id.company_id or self.env.company).id,
            "kind": guess.kind,
            "delimiter": "tab" if guess.delimiter == "\t" else guess.delimiter,
            "encoding": guess.encoding,
            "key_kind": "column" if "purchase_key" in found else "composed",
            "line_ids": self._make_lines(targets),
        }

    def _check_guess(self, missing, header):
        if missing:
            line = self.env["crm.import.mapping.line"]
            labels = dict(line._fields["target"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "No mapping can be proposed: no column looks like %(missing)s. The "
                    "first row holds: %(found)s. Make the mapping by hand under Import "
                    "Mappings.",
                    missing=", ".join(labels[target] for target in sorted(missing)),
                    found=", ".join(header)[:300],
                )
            )

    @api.model
    def _make_lines(self, targets):
        usual = ("customer_key", "date", "product_code", "product_name", "amount")
        return [
            Command.create({"column": name, "target": t, "in_key": t in usual})
            for name, t in targets.items()
        ]
