"""May this person be addressed, and why: the order in which reasons count."""

from dataclasses import dataclass

RIGHT = ("duty", "given", "silent", "customer")  # verdicts that allow to address


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a person beside the answer to one purpose.

    :param gone: the data were erased
    :param restricted: the use of the data is restricted (GDPR article 18)
    :param returned: asked to be forgotten, and is among the customers again
    :param blocked: the address is on a list of blocked addresses
    :param bought: is a customer
    """

    gone: bool = False
    restricted: bool = False
    returned: bool = False
    blocked: bool = False
    bought: bool = False


def decide(duty: bool, unknown: str, answer: str | None, facts: Facts) -> str:
    """The verdict on one person, purpose and channel; those in `RIGHT` allow.

    :param duty: the purpose needs nobody's consent (contract, law)
    :param unknown: who may be addressed without an answer: `no`, `customers`, `yes`
    :param answer: the one that holds: `given`, `withdrawn`, `objected` or None

    >>> decide(False, "no", None, Facts())
    'unasked'
    >>> decide(False, "customers", None, Facts(bought=True))
    'customer'
    >>> decide(False, "no", "given", Facts(restricted=True))
    'restricted'
    >>> decide(True, "no", "objected", Facts(restricted=True))
    'duty'
    """
    if facts.gone:
        return "erased"
    if duty:
        return "duty"
    for reason in ("restricted", "returned", "blocked"):
        if getattr(facts, reason):
            return reason
    if answer:
        return answer
    if unknown == "yes":
        return "silent"
    if unknown == "customers" and facts.bought:
        return "customer"
    return "unasked"
