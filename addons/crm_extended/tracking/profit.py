"""Why profit per customer grows with the years he stays.

F. F. Reichheld and W. E. Sasser, "Zero defections: quality comes to services", Harvard
Business Review 68(5), 1990: base profit, profit from increased purchases, from reduced
operating cost, from referrals, from price premium.
"""

from dataclasses import dataclass

LEAST_CUSTOMERS = 20  # below it an average says nothing


@dataclass(frozen=True)
class Year:
    """One year of tenure of a group of customers, averages per customer.

    :param margin: money earned on what was bought, after discounts
    :param list_value: what was bought at list price; None where nobody knows
    :param paid: what was paid for that
    :param days: days on which something was bought
    :param contacts: calls, mails, visits and cases that we handled
    :param referrals: customers brought
    """

    customers: int
    margin: float
    list_value: float | None = None
    paid: float | None = None
    days: float = 0.0
    contacts: float = 0.0
    referrals: float = 0.0

    @property
    def discount(self) -> float | None:
        if not self.list_value or self.paid is None:
            return None
        return 1 - self.paid / self.list_value


def split(
    first: Year, now: Year, contact_cost: float | None, brought_margin: float
) -> dict[str, float | None]:
    """Profit per customer in a later year, in its five parts, which add up to `total`.

    Both years are of the same customers: those who were still there in the later one.

    - base: margin of their first year
    - price: what smaller discounts than in the first year left with us
    - purchases: the rest of what the margin grew
    - service: contacts per purchase day saved against the first year, at their cost
    - referrals: customers brought in the year, each with the margin of a first year

    :param contact_cost: money per contact; None: not stated, no service part
    :param brought_margin: average margin of a customer's first year

    >>> one = Year(100, 50, list_value=100, paid=90, days=2, contacts=4)
    >>> two = Year(100, 80, list_value=150, paid=142.5, days=3, contacts=3)
    >>> parts = split(one, two, contact_cost=5, brought_margin=50)
    >>> {name: round(part, 2) for name, part in parts.items()} == {
    ...     "base": 50, "purchases": 22.5, "service": 15, "referrals": 0,
    ...     "price": 7.5, "total": 95}
    True
    """
    price = None
    if first.discount is not None and now.discount is not None:
        price = (first.discount - now.discount) * now.list_value
    service = None
    if contact_cost is not None and first.days and now.days:
        saved = first.contacts / first.days - now.contacts / now.days
        service = saved * now.days * contact_cost
    parts = {
        "base": first.margin,
        "purchases": now.margin - first.margin - (price or 0.0),
        "service": service,
        "referrals": now.referrals * brought_margin,
        "price": price,
    }
    return {**parts, "total": sum(part or 0.0 for part in parts.values())}
