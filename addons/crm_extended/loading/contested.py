"""Customers whom several sources know: each has a voice, the rules decide."""

from collections import defaultdict

from odoo.tools import SQL

from .customer_fields import to_fields


class Contested:
    """Finds such customers in a batch, and has what is new about them decided anew."""

    def __init__(self, env):
        self._env = env

    def find(self, ids: list[int]) -> set[int]:
        """Those of whom other records speak, too, or of whom a value is pinned."""
        rows = self._env.execute_query(
            SQL(
                """SELECT partner_id FROM crm_source_record
                   WHERE partner_id = ANY(%(ids)s)
                   GROUP BY partner_id HAVING count(*) > 1
                   UNION
                   SELECT partner_id FROM crm_golden
                   WHERE pinned AND partner_id = ANY(%(ids)s)""",
                ids=ids,
            )
        )
        return {id_ for (id_,) in rows}

    def get_undisputed(self, vals: dict) -> dict:
        """Of values to write, those of fields about which no rule decides."""
        ruled = self._env["crm.survivorship.rule"]._get_watched()
        return {name: value for name, value in vals.items() if name not in ruled}

    def decide(self, lines) -> None:
        """Decide anew the fields of which the source says something else than before.

        :param lines: rows of the staging table with partner_id, accepted and before;
            their records are kept already
        """
        ruled = self._env["crm.survivorship.rule"]._get_watched()
        names, lost = defaultdict(set), defaultdict(dict)
        for line in lines:
            before, after = to_fields(line["before"]), to_fields(line["accepted"])
            for name in ruled & (before.keys() | after.keys()):
                if before.get(name) == after.get(name):
                    continue
                names[line["partner_id"]].add(name)
                if before.get(name) is not None and after.get(name) is None:
                    lost[line["partner_id"]][name] = before[name]
        if names:
            self._env["crm.golden"]._redecide(names, lost)
