"""The picture of a customer to whom much happened, against its limit."""

import statistics
import time

from ..bench import Bench, require
from ..databases import environment
from ..measure import Result

HAPPENED = 10_000
ROUNDS = 40
LIMIT = 0.3  # seconds, for 95 of 100 looks
HAPPEN = """
    INSERT INTO crm_interaction
           (partner_id, date, direction, channel, subject, res_model, res_id)
    SELECT %(partner)s, now() AT TIME ZONE 'UTC' - n * interval '2 hours', 'in',
           (ARRAY['call', 'visit', 'mail', 'web', 'chat'])[1 + n %% 5],
           'Talk about the piano ' || n, CASE n %% 5 WHEN 2 THEN 'res.partner' END,
           CASE n %% 5 WHEN 2 THEN %(partner)s END
      FROM generate_series(1, %(count)s) n
"""


def run(bench: Bench) -> list[Result]:
    """The 95th percentile of opening, of a page, of a far page and of a search.

    A user reads, not the superuser, so that all record rules are part of the work.
    """
    with environment(bench.database) as env:
        require(env, "crm.picture")
        customer = env["res.partner"].search([("ref", "like", "C")], limit=1)
        env.cr.execute(HAPPEN, {"partner": customer.id, "count": HAPPENED})
        env.cr.execute("ANALYZE crm_interaction")
        picture = env["crm.picture"].with_user(env.ref("base.user_admin"))
        place = None
        for _page in range(100):
            place = picture.timeline(customer.id, before=place)["next"] or place
        looks = {
            "opening": lambda: picture.get(customer.id),
            "first page": lambda: picture.timeline(customer.id),
            "100th page": lambda: picture.timeline(customer.id, before=place),
            "search": lambda: picture.timeline(customer.id, {"text": "nothing like"}),
        }
        results = [_measure(env, name, look) for name, look in looks.items()]
        env.cr.rollback()
    return results


def _measure(env, name, look) -> Result:
    times = []
    for turn in range(ROUNDS + 3):
        env.invalidate_all()
        started = time.perf_counter()
        look()
        if turn >= 3:
            times.append(time.perf_counter() - started)
    slow = statistics.quantiles(times, n=20)[-1]
    return Result(
        "picture",
        f"{name}, {HAPPENED:,} interactions, 95th percentile",
        slow,
        "the limit",
        LIMIT,
        goal="at most 300 ms",
        met=slow <= LIMIT,
        note=f"median {statistics.median(times) * 1000:.0f} ms",
    )
