"""What can be wrong with a place or a file as a whole, by code."""


class TransferProblem(Exception):
    """Nothing was taken or written; `crm.exchange.place` has the words for people.

    :param code: key into the wording
    :param details: values for the wording, such as `name`; never a password
    """

    def __init__(self, code: str, /, **details):
        super().__init__(f"{code} {details}" if details else code)
        self.code = code
        self.details = details
