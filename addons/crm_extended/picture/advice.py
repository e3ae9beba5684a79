"""What to do next for a customer: an ordered list of plain rules, each with its reason.

No model guesses here. A rule looks at a few facts and says yes or no, so that everyone
can foresee the advice and explain it to the customer.
"""

from collections.abc import Callable
from dataclasses import dataclass

Facts = dict[str, object]
SHOWN = 3  # pieces of advice; more would be a list of duties, not advice


@dataclass(frozen=True)
class Rule:
    """`applies` gets the facts that are known; a fact a reader may not see is absent.

    A rule whose fact in `needs` is absent is silent: no right, no advice.
    """

    code: str
    needs: tuple[str, ...]
    applies: Callable[[Facts], bool]
    icon: str = "fa-lightbulb-o"
    about: str = ""  # the fact that names the document to open


RULES = (
    Rule(
        "debt",
        ("overdue_days",),
        lambda f: f["overdue_days"] > 0,
        "fa-exclamation-circle",
        "overdue_document",
    ),
    Rule(
        "answer",
        ("unanswered_days",),
        lambda f: f["unanswered_days"] >= 1,
        "fa-reply",
        "unanswered_document",
    ),
    Rule(
        "quotation",
        ("quotation_days",),
        lambda f: f["quotation_days"] >= 7,
        "fa-file-text-o",
        "quotation_document",
    ),
    Rule(
        "win_back",
        ("phase", "valuable", "bought_days"),
        lambda f: f["phase"] in ("after_sales", "lost") and bool(f["valuable"]),
        "fa-heart-o",
    ),
    Rule(
        "birthday",
        ("birthday_in",),
        lambda f: 0 <= f["birthday_in"] <= 7,
        "fa-birthday-cake",
    ),
    Rule(
        "need",
        ("need_days",),
        lambda f: f["need_days"] >= 14,
        "fa-bullseye",
        "need_document",
    ),
    Rule(
        "thank",
        ("bought_days", "contact_days"),
        lambda f: f["bought_days"] <= 14 and f["contact_days"] > f["bought_days"],
        "fa-smile-o",
    ),
    Rule("silence", ("contact_days",), lambda f: f["contact_days"] >= 90, "fa-phone"),
    Rule(
        "address",
        ("reachable",),
        lambda f: not f["reachable"],
        "fa-address-card-o",
        "customer_document",
    ),
)


def advise(facts: Facts, rules=RULES, shown: int = SHOWN) -> list[Rule]:
    """The first rules that apply, the most urgent first.

    >>> [rule.code for rule in advise({"overdue_days": 3, "contact_days": 100})]
    ['debt', 'silence']
    >>> advise({})
    []
    """
    known = (rule for rule in rules if all(name in facts for name in rule.needs))
    return [rule for rule in known if rule.applies(facts)][:shown]
