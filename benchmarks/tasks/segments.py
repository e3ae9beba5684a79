"""Two hundred segments brought up to date, against searching and writing each."""

import random
from datetime import timedelta

from odoo import fields

from ..bench import Bench, NotThere, require
from ..databases import environment
from ..measure import Result, seconds

SEGMENTS, SAMPLE = 200, 10
CITIES = ["Praha", "Kraków", "Brno", "Wien", "Gdańsk", "Plzeň"]
NAMES = ["Anna", "Jan", "Eva", "Piotr", "Zofia", "Karel", "Maria"]
SPENT = """
    INSERT INTO crm_score_value (score_id, partner_id, company_id, value, date)
    SELECT %s, t.partner_id, NULL, SUM(b.amount), CURRENT_DATE
      FROM bench_purchase b JOIN bench_truth t ON t.n = b.customer
  GROUP BY t.partner_id
"""
CHANGE = """
    UPDATE crm_score_value SET value = value * 3
     WHERE score_id = %s AND mod(partner_id, 50) = 0
"""


def run(bench: Bench) -> list[Result]:
    """First fill, and a day on which one score in fifty changed, found by the news.

    The ORM does a sample of the segments, in a savepoint, and is scaled to all.
    """
    with environment(bench.database) as env:
        require(env, "crm.segment", "crm.segment.member", "crm.score.value")
        score = env["crm.score"].create({"name": "Spent", "code": "bench_spent"})
        env.flush_all()
        env.cr.execute(SPENT, [score.id])
        segments = _segments(env, score)
        env.cr.commit()
        _number(env)
        env.cr.execute("ANALYZE crm_score_value")
        today = fields.Date.today()
        sample = segments.browse(random.Random(5).sample(segments.ids, SAMPLE))
        scale = SEGMENTS / SAMPLE
        first_orm = scale * _undone(env, lambda: _by_orm(sample, score, today))
        first_tags = scale * _undone(env, lambda: _by_tags(sample, score))
        first = seconds(lambda: _refresh(segments, segments._refresh, today))
        members = _check(env, sample, score)
        env.cr.execute(CHANGE, [score.id])
        env.cr.commit()
        _number(env)
        tomorrow = today + timedelta(days=1)
        next_orm = scale * _undone(env, lambda: _by_orm(sample, score, tomorrow))
        whole = _undone(env, lambda: segments._refresh(None, tomorrow))
        following = seconds(
            lambda: _refresh(segments, segments._refresh_changed, tomorrow)
        )
        _check(env, sample, score)
        size = f"{SEGMENTS} segments, {members:,} memberships"
    dated = f"search, create and write dated members in the ORM ({SAMPLE} scaled)"
    tags = f"search and write tags in the ORM, undated, no reason ({SAMPLE} scaled)"
    goal = ">= 20 x"
    return [
        _result(f"first fill, {size}", first, dated, first_orm, ""),
        _result(f"first fill, {size}", first, tags, first_tags, ""),
        _result(f"2% of a score changed, {size}", following, dated, next_orm, goal),
        _result(
            "2% of a score changed, everybody looked at", whole, dated, next_orm, ""
        ),
    ]


def _result(work, ours, name, peer, goal):
    met = peer / ours >= 20 if goal else None
    return Result("segments", work, ours, name, peer, goal=goal, met=met)


def _segments(env, score):
    """A third by filter, a third by score, a third by both."""
    rng = random.Random(3)
    values = []
    for number in range(SEGMENTS):
        domain = [("city", "=", rng.choice(CITIES))]
        if number % 2:
            domain.append(("name", "=like", rng.choice(NAMES) + "%"))
        low = rng.choice([50, 100, 200, 400, 800, 1600])
        condition = {"score_id": score.id, "kind": "range"}
        condition |= {"minimum": low, "maximum": 2.0 * low}
        kind = number % 3
        values.append(
            {
                "name": f"Bench {number}",
                "domain": repr(domain) if kind != 1 else "[]",
                "condition_ids": [(0, 0, condition)] if kind else False,
            }
        )
    return env["crm.segment"].create(values)


def _number(env):
    """Number the change feed, as the scheduled action does each minute."""
    changes, before = env["crm.exchange.change"], -1
    while before != changes._position()[1]:
        before = changes._position()[1]
        changes._number()
        env.cr.commit()


def _refresh(segments, refresh, day):
    """Refresh all segments, with its commit.

    :param refresh: `_refresh`, or `_refresh_changed` that goes by the news
    """
    done = refresh(on_date=day)
    if done["problems"]:
        raise NotThere(f"segments with problems: {segments.mapped('problem')[:3]}")
    segments.env.cr.commit()


def _find(segment, score):
    """The customers that fit, as a user of the ORM would search them."""
    domain = fields.Domain(segment._parse_domain())
    for condition in segment.condition_ids:
        domain &= fields.Domain(
            "score_value_ids",
            "any",
            [
                ("score_id", "=", score.id),
                ("value", ">=", condition.minimum),
                ("value", "<=", condition.maximum),
            ],
        )
    return segment.env["res.partner"].search(domain)


def _by_orm(segments, score, day):
    member = segments.env["crm.segment.member"].sudo()
    for segment in segments:
        found = _find(segment, score)
        current = member.search(
            [("segment_id", "=", segment.id), ("valid_to", "=", False)]
        )
        fitting = set(found.ids)  # `in` a recordset walks through all its ids
        current.filtered(lambda m, ids=fitting: m.partner_id.id not in ids).write(
            {"valid_to": day}
        )
        member.create(
            [
                {
                    "segment_id": segment.id,
                    "partner_id": partner.id,
                    "valid_from": day,
                    "reason": "fits",
                }
                for partner in found - current.partner_id
            ]
        )
    segments.env.flush_all()


def _by_tags(segments, score):
    for segment in segments:
        tag = segments.env["res.partner.category"].create({"name": segment.name})
        tag.partner_ids = _find(segment, score)
    segments.env.flush_all()


def _undone(env, job):
    """The time of a job whose writes are taken back."""
    env.invalidate_all()
    savepoint = env.cr.savepoint()
    try:
        return seconds(job)
    finally:
        env.invalidate_all(flush=False)
        savepoint.close(rollback=True)


def _check(env, sample, score):
    """Members of all segments; a comparison of different outcomes is none.

    :raises NotThere: when a segment holds others than the ORM finds
    """
    member = env["crm.segment.member"].sudo()
    env.invalidate_all()
    for segment in sample:
        open_stays = [("segment_id", "=", segment.id), ("valid_to", "=", False)]
        members = member.search(open_stays).partner_id
        if members != _find(segment, score):
            raise NotThere(f"{segment.name} holds others than the ORM finds")
    return member.search_count([("valid_to", "=", False)])
