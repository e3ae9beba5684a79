from odoo import api, fields, models
from odoo.tools import SQL

from ...identity import blocking
from ...identity.model import probability
from ...identity.record import COLUMNS, normalised

GROUP = "crm_extended.group_customer_user"
PER_KEY = 60  # others looked at per rule; more share only what strangers share
RECENT = 100  # changes of the last minute that are not in the keys yet
MOST = 5  # candidates told
COMPARED = (
    "name", "is_company", "email", "phone", "vat", "ref", "street", "street2", "city",
    "zip", "website",
)  # fmt: skip


class ResPartner(models.Model):
    """A customer tells, while it is entered, whom it may be the same as."""

    _inherit = "res.partner"

    match_candidate_id = fields.Many2one(
        "res.partner",
        string="Possible Duplicate",
        compute="_compute_match_candidate",
        groups=GROUP,
    )
    match_candidate_count = fields.Integer(
        compute="_compute_match_candidate", groups=GROUP
    )
    match_candidate_probability = fields.Float(
        compute="_compute_match_candidate", digits=(6, 5), groups=GROUP
    )

    @api.depends(*COMPARED, "country_id", "company_id")
    def _compute_match_candidate(self):
        for partner in self:
            found = partner._find_candidates(partner) if partner.name else []
            best = found[0] if found else {}
            partner.match_candidate_id = best.get("partner_id", False)
            partner.match_candidate_count = len(found)
            partner.match_candidate_probability = best.get("probability", 0.0)

    @api.model
    def _find_candidates(self, customer, limit=MOST):
        """Who may be the same as a new or changed customer, the likeliest first.

        Looks up the keys of the rules, scores by the trained weights. Only customers
        that the user may read; none that a person said is not the same.

        :param customer: a partner, saved or not, or a dict of values as for `create`
        :return: list of dicts: partner_id, weight (bits), probability, evidence (as
            `crm.match.evidence`), automatic
        """
        partner = customer if isinstance(customer, models.BaseModel) else self.new(
            {name: customer[name] for name in customer if name in self._fields}
        )  # fmt: skip
        own_id = partner._origin.id or partner.id or 0
        own_id = own_id if isinstance(own_id, int) else 0
        kind = "company" if partner.is_company else "person"
        setting = self.env["crm.match.setting"]._get_search(kind)
        if not setting or partner._is_not_matched():
            return []
        values = partner._get_compared_values()
        others = self._fetch_sharing(own_id, partner, values, setting.rules)
        model = setting.model
        found = []
        for other_id, other in others.items():
            pair = (values, other) if own_id < other_id else (other, values)
            if not own_id:
                pair = (other, values)
            weight, evidence = model.judge(*pair)
            if weight >= setting.threshold_review:
                found.append((weight, other_id, evidence))
        found.sort(key=lambda one: (-one[0], one[1]))
        return self._keep_readable(found[: 4 * limit], setting)[:limit]

    def _is_not_matched(self):
        """Delivery addresses, archived records and our own people are no customers."""
        origin = self._origin
        return (
            (self.type or "contact") != "contact"
            or not self.active
            or (origin and origin.partner_share is False)
        )

    def _get_compared_values(self):
        raw = {name: self[name] for name in COMPARED}
        raw["phone"] = self.phone_sanitized or self.phone
        raw["country"] = (self.country_id.sudo().code or "").lower()
        if self._origin:
            known = self.env["crm.match.key"].sudo()._fetch_raw(self._origin.ids)
            for row in known:
                raw |= {"birth": row["birth"], "personal": row["personal"]}
        return normalised(raw, self.env["crm.match.key"]._home_country())

    @api.model
    def _fetch_sharing(self, own_id, partner, values, rules):
        """{partner id: compared values} of those who agree on some rule."""
        keys = blocking.keys(values, rules)
        if not keys:
            return {}
        self.env["crm.match"].flush_model(["state"])
        is_company = bool(partner.is_company)
        company = partner.company_id._origin.id or None
        found = {
            row["partner_id"]: row
            for row in self.env.execute_query_dict(
                SQL(
                    """
                    SELECT DISTINCT ON (k.partner_id) k.partner_id, %(columns)s
                      FROM unnest(%(keys)s::bigint[]) AS wanted(key),
                   LATERAL (SELECT * FROM crm_match_key
                             WHERE keys @> ARRAY[wanted.key] AND partner_id <> %(own)s
                               AND is_company = %(kind)s
                             LIMIT %(most)s) k
                 LEFT JOIN res_company cl ON cl.id = %(company)s::int
                 LEFT JOIN res_company cr ON cr.id = k.company_id
                     WHERE %(visible)s
                       AND NOT EXISTS (
                           SELECT FROM crm_match m WHERE m.state = 'distinct'
                              AND m.partner_id = least(k.partner_id, %(own)s)
                              AND m.other_id = greatest(k.partner_id, %(own)s))
                    """,
                    columns=SQL(", ").join(SQL.identifier("k", c) for c in COLUMNS),
                    keys=keys,
                    own=own_id,
                    kind=is_company,
                    most=PER_KEY,
                    company=company,
                    visible=self.env["crm.match"]._get_company_pairs(),
                )
            )
        }
        return found | self._get_recent(own_id, is_company, set(keys))

    @api.model
    def _get_recent(self, own_id, is_company, keys):
        """Those entered in the last minute, whose keys are not stored yet."""
        self.env.cr.execute(
            SQL("SELECT partner_id FROM crm_match_stale LIMIT %s", RECENT)
        )
        ids = {row[0] for row in self.env.cr.fetchall()} - {own_id}
        if not ids:
            return {}
        key = self.env["crm.match.key"].sudo()
        return {
            raw["partner_id"]: values
            for raw, values, own in key._make_rows(key._fetch_raw(ids))
            if raw["is_company"] == is_company and keys & set(own)
        }

    @api.model
    def _keep_readable(self, found, setting):
        partners = self.browse([one[1] for one in found])
        readable = set(partners._filtered_access("read").ids)
        return [
            {
                "partner_id": other_id,
                "weight": round(weight, 2),
                "probability": probability(weight),
                "evidence": evidence,
                "automatic": weight >= setting.threshold_automatic
                and not setting.model.vetoed(evidence),
            }
            for weight, other_id, evidence in found
            if other_id in readable
        ]

    # ------------------------------------------------------------------ buttons

    def action_open_match(self):
        """Open this customer and the likeliest duplicate side by side."""
        self.ensure_one()
        self.check_access("read")
        found = self._find_candidates(self)
        if not found:
            return {"type": "ir.actions.client", "tag": "soft_reload"}
        # sudo: both were read just now; whoever sees them may see why they look alike
        match = self.env["crm.match"].sudo()._propose(self, found[0])
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.match",
            "res_id": match.id,
            "views": [(False, "form")],
        }
