"""Ten thousand clusters of duplicates united and taken apart, against Odoo's wizard."""

import random

from odoo.addons.base.wizard.base_partner_merge import BasePartnerMergeAutomaticWizard

from ..bench import Bench, NotThere, require
from ..databases import environment
from ..measure import Result, seconds

CLUSTERS, SAMPLE = 10_000, 100
MESSAGES = """
    INSERT INTO mail_message (model, res_id, body, message_type, subtype_id, author_id,
                              date, create_date, write_date)
    SELECT 'res.partner', partner_id, '<p>Hello</p>', 'comment', s.id, partner_id,
           now(), now(), now()
      FROM bench_truth CROSS JOIN generate_series(1, 3)
     CROSS JOIN (SELECT res_id AS id FROM ir_model_data
                  WHERE module = 'mail' AND name = 'mt_comment') s
"""


def run(bench: Bench) -> list[Result]:
    """Clusters of two and three of the shop's customers, with all their documents.

    Odoo's wizard, as Odoo ships it, unites a sample of the same clusters in a
    savepoint; times are per customer. Ours is one call for all, committed.
    """
    with environment(bench.database) as env:
        require(env, "crm.merge")
        env.cr.execute(MESSAGES)
        env.cr.commit()
        env.cr.execute("ANALYZE")
        groups = _groups(env)
        count = sum(1 + len(sources) for _target, sources in groups)
        sample = random.Random(5).sample(groups, min(SAMPLE, len(groups)))
        sampled = sum(1 + len(sources) for _target, sources in sample)
        wizard = _undone(env, lambda: _by_wizard(env, sample), _forget) / sampled
        merges = []
        united = seconds(lambda: merges.append(_unite(env, groups))) / count
        [done] = merges
        env.cr.execute("SELECT count(*) FROM crm_merge_move WHERE kind = 'moved'")
        [moved] = env.cr.fetchone()
        _check(env, groups)
        apart = seconds(lambda: _take_apart(env, done)) / count
        _check_apart(env, groups)
    size = f"{len(groups):,} clusters, {count:,} customers, {moved:,} references"
    peer = f"Odoo's own merge wizard ({len(sample)} of the same clusters)"
    print(
        f"merged {1 / united:,.0f} customers/s, undone {1 / apart:,.0f} customers/s, "
        f"Odoo's wizard {1 / wizard:,.1f} customers/s",
        flush=True,
    )
    return [
        Result("merges", f"merge of {size}", united, peer, wizard, "", " a customer"),
        Result(
            "merges", f"undo of {size}", apart, "the wizard's merge: it has no undo",
            wizard, "", " a customer",
        ),
    ]  # fmt: skip


def _groups(env):
    """Eight of ten clusters are pairs, two are triples."""
    env.cr.execute("SELECT partner_id FROM bench_truth ORDER BY md5(partner_id::text)")
    ids = [id_ for (id_,) in env.cr.fetchall()]
    groups = []
    while len(groups) < CLUSTERS and len(ids) >= 3:
        size = 3 if len(groups) % 5 == 0 else 2
        target, *sources = ids[-size:]
        del ids[-size:]
        groups.append((target, sources))
    return groups


def _by_wizard(env, groups):
    wizard = env["base.partner.merge.automatic.wizard"]
    partners = env["res.partner"]
    for target, sources in groups:
        BasePartnerMergeAutomaticWizard._merge(
            wizard, [target, *sources], partners.browse(target), extra_checks=False
        )
    env.flush_all()


def _forget(env):
    """Take away what only our addons keep once per customer: Odoo would stop there."""
    for table in ("crm_segment_member", "crm_score_value", "crm_golden"):
        env.cr.execute(f"DELETE FROM {table}")


def _unite(env, groups):
    merges = env["crm.merge"]._merge(groups, reason="Benchmark")
    env.cr.commit()
    return merges


def _take_apart(env, merges):
    merges.action_undo()
    env.cr.commit()


def _check(env, groups):
    """:raises NotThere: when an invoice or an order is left with a merged record"""
    sources = [source for _target, sources in groups for source in sources]
    for table in ("sale_order", "account_move", "account_move_line", "crm_interaction"):
        env.cr.execute(
            f"SELECT count(*) FROM {table} WHERE partner_id = ANY(%s)", [sources]
        )
        if left := env.cr.fetchone()[0]:
            raise NotThere(f"{left} rows of {table} are left with merged records")


def _check_apart(env, groups):
    sources = [source for _target, sources in groups for source in sources]
    env.cr.execute(
        "SELECT count(*) FROM res_partner WHERE id = ANY(%s) AND active", [sources]
    )
    if env.cr.fetchone()[0] != len(sources):
        raise NotThere("some records did not come back")


def _undone(env, job, before):
    """The time of a job whose writes are taken back, as what was done before it."""
    env.invalidate_all()
    savepoint = env.cr.savepoint()
    try:
        before(env)
        return seconds(job)
    finally:
        env.invalidate_all(flush=False)
        savepoint.close(rollback=True)
