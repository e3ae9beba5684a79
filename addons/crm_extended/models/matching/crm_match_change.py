import csv
import io
import json

from odoo import api, models
from odoo.tools import SQL

from ...identity.model import probability
from ...identity.record import COLUMNS

BATCH = 500
PER_KEY = 60


class CrmMatch(models.Model):
    """Customers entered or changed through any door are compared within a minute."""

    _inherit = "crm.match"

    @api.model
    def _cron_follow_changes(self):
        """Bring keys up to date and propose what the changed customers may equal."""
        cron = self.env["ir.cron"]
        key = self.env["crm.match.key"].sudo()
        cron._commit_progress(remaining=key._count_stale())
        while ids := key._refresh(BATCH):
            self.sudo()._match_changed(ids)
            if not cron._commit_progress(len(ids)):
                break

    @api.model
    def _match_changed(self, partner_ids):
        """Find and store the pairs of some customers whose keys are up to date."""
        for setting in self.env["crm.match.setting"].search([]):  # pylint: disable=no-search-all
            if setting != setting._for_kind(setting.kind):
                continue
            lines = io.StringIO()
            csv.writer(lines).writerows(self._get_pairs(setting, partner_ids))
            lines.seek(0)
            among = SQL(
                "m.setting_id = %(setting)s AND (m.partner_id = ANY(%(ids)s) "
                "OR m.other_id = ANY(%(ids)s))",
                setting=setting.id,
                ids=list(partner_ids),
            )
            self._store(lines, setting, among)

    @api.model
    def _get_pairs(self, setting, partner_ids):
        """Rows as `_store` wants them, of pairs that weigh enough."""
        model = setting._get_model()
        columns = [
            SQL(
                "%s AS %s", SQL.identifier(side, name), SQL.identifier(f"{side}_{name}")
            )
            for side in ("l", "r")
            for name in ("partner_id", *COLUMNS)
        ]
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT DISTINCT ON (l.partner_id, r.partner_id) %(columns)s
                     FROM crm_match_key l
               CROSS JOIN LATERAL unnest(l.keys) AS wanted(key)
               CROSS JOIN LATERAL (
                          SELECT * FROM crm_match_key
                           WHERE keys @> ARRAY[wanted.key]
                             AND partner_id <> l.partner_id
                             AND is_company = l.is_company LIMIT %(most)s) r
                    WHERE l.partner_id = ANY(%(ids)s) AND l.is_company = %(kind)s""",
                columns=SQL(", ").join(columns),
                most=PER_KEY,
                ids=list(partner_ids),
                kind=setting.kind == "company",
            )
        )
        seen = set()
        for row in rows:
            sides = sorted(("l", "r"), key=lambda side: row[f"{side}_partner_id"])
            pair = tuple(row[f"{side}_partner_id"] for side in sides)
            if pair in seen:
                continue
            seen.add(pair)
            left, right = (
                {name: row[f"{side}_{name}"] for name in COLUMNS} for side in sides
            )
            weight, evidence = model.judge(left, right)
            if weight >= setting.threshold_review:
                yield (
                    *pair,
                    weight,
                    probability(weight),
                    json.dumps(evidence),
                    model.vetoed(evidence),
                )

    @api.model
    def _propose(self, partner, candidate):
        """The pair of a customer and a found candidate, made if it is new."""
        left, right = sorted((partner.id, candidate["partner_id"]))
        pair = [("partner_id", "=", left), ("other_id", "=", right)]
        if match := self.search(pair):
            return match
        kind = "company" if partner.is_company else "person"
        setting = self.env["crm.match.setting"]._for_kind(kind)
        companies = (partner | partner.browse(candidate["partner_id"])).company_id
        match = self.create(
            {
                "partner_id": left,
                "other_id": right,
                "company_id": companies.sorted("parent_path")[-1:].id,
                "weight": candidate["weight"],
                "probability": candidate["probability"],
                "evidence": candidate["evidence"],
                "automatic": candidate["automatic"],
                "setting_id": setting.id,
            }
        )
        self._recluster(setting, around=(left, right))
        return match
