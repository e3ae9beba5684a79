"""Every way in which a posting can be refused; nothing is posted then."""


class LedgerError(Exception):
    """A refusal that the caller can act on.

    :param code: `invalid`, `unknown`, `insufficient`, `key_mismatch`,
        `already_reversed`, `not_held`
    :param facts: numbers that explain it, such as `available` and `asked`
    """

    def __init__(self, code: str, message: str, **facts):
        super().__init__(message)
        self.code = code
        self.message = message
        self.facts = facts
