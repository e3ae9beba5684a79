"""Problems of places and files in the words of people: what is wrong, what to do."""

from contextlib import contextmanager

from odoo.exceptions import UserError, ValidationError
from odoo.tools.translate import LazyTranslate

from ...intake.problems import FileProblem
from ...loading.wording import word
from ...transfer.problems import TransferProblem

_lt = LazyTranslate("crm_extended", default_lang="en_US")

WORDING = {
    "library": _lt(
        "SFTP needs the Python libraries fsspec and paramiko; %(name)s is missing. "
        "Let your administrator install both (pip install fsspec paramiko)."
    ),
    "host_key_bad": _lt(
        "The host key is not one. Paste the line that the partner sent you, such as "
        "“ssh-ed25519 AAAAC3…”, or press “Read Host Key” and compare."
    ),
    "host_key_other": _lt(
        "The server showed another key (%(got)s) than the one you trust. Somebody may "
        "stand between, or the partner has a new server: ask them before you change it."
    ),
    "private_key_bad": _lt(
        "The private key cannot be read. Paste it whole, from -----BEGIN to -----END, "
        "and its passphrase as the password."
    ),
    "login": _lt("The server refuses the login. Check the name and the password."),
    "silent": _lt(
        "%(name)s does not answer. Check the address and the port, and whether a "
        "firewall lies between."
    ),
    "missing": _lt("%(name)s is not there. Check the name, or create it."),
    "denied": _lt("%(name)s: not allowed. Ask for the right to read and write there."),
    "is_link": _lt("%(name)s is a link or no folder. Use plain folders."),
    "not_a_file": _lt("%(name)s is not a plain file."),
    "exists": _lt("%(name)s is there already and was not written over."),
    "failed": _lt("%(name)s: %(reason)s"),
    "path_bad": _lt(
        "“%(path)s” is no folder of this place. Write names with / between them, "
        "without .. and without / at the beginning."
    ),
    "name_bad": _lt("“%(name)s” cannot be the name of a file."),
    "pattern_place": _lt("The file name knows no %(place)s. Known: %(known)s."),
    "too_large": _lt(
        "The file is larger than %(megabytes)s MB. Raise the limit of this transfer, "
        "or exchange less at once."
    ),
    "columns_unknown": _lt(
        "The file has columns that mean nothing here: %(columns)s. Known: %(known)s. "
        "Check the delimiter, too."
    ),
    "columns_twice": _lt("The file has two columns of one name."),
    "line_long": _lt("Line %(row)s is longer than 1 MB."),
    "sum_differs": _lt(
        "The file does not fit its sum in %(name)s: it is damaged or not whole. "
        "Send it again."
    ),
    "refused": _lt("The exchange refused it: %(message)s (%(code)s)"),
}


def tell(env, problem):
    """The words for a problem, in the reader's language."""
    if isinstance(problem, FileProblem):
        return " ".join(word(env, problem.code, problem.details))
    # lazy texts take no arguments
    return env._(WORDING[problem.code]) % problem.details  # pylint: disable=translation-not-lazy


@contextmanager
def told(env):
    """Problems become errors that people can read; nothing else is caught."""
    try:
        yield
    except (TransferProblem, FileProblem) as problem:
        raise UserError(tell(env, problem)) from None


@contextmanager
def checked(record):
    """A problem with what was entered becomes an error that names the record."""
    try:
        yield
    except TransferProblem as problem:
        raise ValidationError(
            record.env._(
                "%(name)s: %(problem)s",
                name=record.name,
                problem=tell(record.env, problem),
            )
        ) from None
