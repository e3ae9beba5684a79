"""Stays with a first and a last day: who was in a segment, or on a level, when."""

from odoo.fields import Domain


def on_days(days):
    """Domain of the stays that cover one of these days.

    The first day of a stay counts, the day of leaving does not.

    :param days: iterable of dates
    """
    return Domain.OR(
        Domain("valid_from", "<=", day)
        & (Domain("valid_to", "=", False) | Domain("valid_to", ">", day))
        for day in days
    )
