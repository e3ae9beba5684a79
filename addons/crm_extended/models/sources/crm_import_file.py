import io
from contextlib import contextmanager

from odoo import fields, models
from odoo.exceptions import UserError

from ...intake.problems import FileProblem
from ...loading.wording import word


class ServerFile:
    """A file on the server's disk, given by a command. No client can make one."""

    def __init__(self, path, on_progress=None):
        self.path = path
        self.on_progress = on_progress


class ImportFile(models.AbstractModel):
    """A record that holds a file to be read in, as a stream from where it lies."""

    _name = "crm.import.file.mixin"
    _description = "File to Import"

    file = fields.Binary(attachment=True, copy=False)
    file_name = fields.Char(copy=False)

    def _get_server_file(self):
        given = self.env.context.get("import_server_file")
        # a context comes from the client, an object of this class cannot
        return given if isinstance(given, ServerFile) else None

    def _get_attachment(self):
        """The uploaded file. Whoever may read the import may read its file."""
        self.check_access("read")
        domain = [("res_model", "=", self._name), ("res_field", "=", "file")]
        domain += [("res_id", "=", self.id)]
        return self.env["ir.attachment"].sudo().search(domain, limit=1)

    def _has_file(self):
        return bool(self._get_server_file() or self._get_attachment())

    def _check_file(self):
        for run in self:
            if run._has_file():
                continue
            if run.file_name:  # of a file without a byte only the name is stored
                raise UserError(" ".join(word(self.env, "empty", {})))
            raise UserError(self.env._("Choose a file first."))

    @contextmanager
    def _open_file(self):
        """Yield the file as a stream from where it lies, without a copy in memory."""
        given = self._get_server_file()
        if given:
            with open(given.path, "rb") as stream:
                yield stream
            return
        attachment = self._get_attachment()
        if attachment.store_fname:
            with open(attachment._full_path(attachment.store_fname), "rb") as stream:
                yield stream
        else:
            yield io.BytesIO(attachment.raw or b"")

    @contextmanager
    def _problems_in_words(self):
        """A problem of the whole file is told to the user with its remedy."""
        try:
            yield
        except FileProblem as problem:
            told = word(self.env, problem.code, problem.details)
            raise UserError(" ".join(told)) from None
        except OSError:
            raise UserError(
                self.env._("The file cannot be opened on the server. Upload it again.")
            ) from None
