"""Every way in which a call can be refused, by a code that a program can act on."""

# code -> may the same call succeed later without being changed?
CODES = {
    "invalid_argument": False,
    "unknown_argument": False,
    "invalid_value": False,
    "too_large": False,
    "unknown_version": False,
    "unknown_entity": False,
    "unknown_field": False,
    "out_of_scope": False,
    "unauthorized": False,
    "not_a_client": False,
    "client_inactive": False,
    "client_expired": False,
    "address_refused": False,
    "rate_limited": True,
    "quota_exceeded": True,
    "cursor_invalid": False,
    "cursor_foreign": False,
    "cursor_future": False,
    "cursor_epoch": False,
    "cursor_expired": False,
    "cursor_scope": False,
    "hook_missing": False,
    "hook_stopped": False,
    "hook_address": False,
    "hook_rotating": False,
    "idempotency_mismatch": False,
    "in_progress": True,
    "reply_expired": False,
    "not_found": False,
    "required": False,
    "refused": False,
    "forgotten": False,
    "reference_missing": False,
    "rolled_back": False,
    "unknown_job": False,
    "job_state": False,
    "part_mismatch": False,
    "parts_missing": False,
    "busy": True,
    "unexpected": True,
}

SHOWN = 120  # characters of a refused value that are shown back


class ExchangeError(Exception):
    """A refusal that the partner's program can understand; never shown as a traceback.

    :param code: one of `CODES`
    :param path: where the fault lies, such as `keys[3].id`
    :param expected: what would have been accepted
    :param got: what came instead; shortened and made printable
    :param retry_after: seconds to wait before the same call is worth repeating
    """

    def __init__(self, code, message, *, path="", expected="", got="", retry_after=0):
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path
        self.expected = expected
        self.got = got if got == "" else show(got)
        self.retry_after = retry_after

    def as_dict(self) -> dict:
        return {
            "code": self.code,
            "retryable": CODES[self.code],
            "retry_after_s": self.retry_after,
            "path": show_text(self.path),
            "message": self.message,
            "expected": self.expected,
            "got": self.got,
        }


def show(value: object) -> str:
    """A refused value in a form that any wire can carry.

    >>> show("\\ud800"), show([1] * 1000)[:12], show(float("nan"))
    ("'\\\\ud800'", '[1, 1, 1, 1,', 'nan')
    """
    if isinstance(value, list | tuple | dict):
        value = value if _is_flat(value) else type(value).__name__
    return show_text(repr(value))


def show_text(text: str) -> str:
    text = text.encode("ascii", "backslashreplace").decode()
    text = "".join(c if c >= " " else "?" for c in text)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def _is_flat(value) -> bool:
    """`repr` of a deeply nested value would exhaust the stack."""
    inner = value.values() if isinstance(value, dict) else value
    return not any(isinstance(item, list | tuple | dict) for item in inner)
