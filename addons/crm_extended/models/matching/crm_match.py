from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...identity.cluster import clusters

STATES = [
    ("pending", "To Decide"),
    ("later", "Later"),
    ("merged", "Same Customer"),
    ("distinct", "Not the Same"),
]
DECIDED = ("merged", "distinct")


class CrmMatch(models.Model):
    """Two records that may be one customer, with the evidence for and against.

    Matching writes pairs, people decide them. A decision is kept and never overruled:
    a pair that is not the same is not proposed again and keeps its clusters apart.
    """

    _name = "crm.match"
    _inherit = "crm.kept.mixin"
    _description = "Possible Duplicate"
    _order = "weight desc, id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True,
        ondelete="cascade",
    )  # fmt: skip
    other_id = fields.Many2one(
        "res.partner", string="May Be the Same as", required=True, readonly=True,
        index=True, ondelete="cascade",
    )  # fmt: skip
    company_id = fields.Many2one(
        "res.company", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    weight = fields.Float(
        string="Weight (bits)",
        readonly=True,
        digits=(6, 2),
        aggregator="avg",
        help="Evidence that the two are one customer: 0 bits are even odds, each "
        "further bit doubles them",
    )
    probability = fields.Float(readonly=True, digits=(6, 5), aggregator="avg")
    evidence = fields.Json(
        readonly=True, help="What each comparison adds or takes, in bits"
    )
    waterfall = fields.Json(compute="_compute_waterfall")
    automatic = fields.Boolean(
        string="Certain",
        readonly=True,
        help="Weighs enough, and differs in nothing that must not differ",
    )
    state = fields.Selection(
        STATES, default="pending", required=True, readonly=True, index=True
    )
    cluster = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Pairs of one number are, all together, one customer",
    )
    setting_id = fields.Many2one(
        "crm.match.setting", string="Rules", readonly=True, index="btree_not_null",
        ondelete="set null",
    )  # fmt: skip
    run_id = fields.Many2one(
        "crm.match.run", readonly=True, index="btree_not_null", ondelete="set null",
        help="Empty: found when the customer was entered or changed",
    )  # fmt: skip
    found_at = fields.Datetime(
        string="Found On", readonly=True, default=fields.Datetime.now
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(string="Decided On", readonly=True)
    note = fields.Char(help="Why it was decided so, for whoever wonders later")

    _pair_uniq = models.Constraint(
        "UNIQUE (partner_id, other_id)", "These two are proposed already."
    )
    _pair_order = models.Constraint(
        "CHECK (partner_id < other_id)", "A pair begins with the older record."
    )
    _cluster_idx = models.Index("(cluster) WHERE cluster IS NOT NULL")

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "Matching and decisions write these, nobody enters them: %(fields)s. Use "
            "the buttons of the pair.",
            fields=labels,
        )

    @api.depends("partner_id", "other_id")
    def _compute_display_name(self):
        for match in self:
            match.display_name = (
                f"{match.partner_id.display_name} ~ {match.other_id.display_name}"
            )

    # ------------------------------------------------------------------ what is shown

    @api.depends("evidence", "setting_id")
    @api.depends_context("lang")
    def _compute_waterfall(self):
        """The evidence with today's values as entered, and labels as people read."""
        for match in self:
            lines = match.sudo().setting_id.comparison_ids
            labels = {line.field: line.name for line in lines}
            rows = []
            for bar in match.evidence or []:
                row = dict(bar, label=labels.get(bar["field"], bar["label"]))
                for side, partner in (
                    ("left", match.partner_id),
                    ("right", match.other_id),
                ):
                    shown = match._show_value(partner, bar["field"])
                    if shown is not None and bar[side]:
                        row[side] = shown
                rows.append(row)
            match.waterfall = rows

    @api.model
    def _show_value(self, partner, name):
        """What a person sees of a compared value; None: the compared one itself."""
        if name in ("email", "phone", "vat", "ref", "street2", "city", "zip", "name"):
            return partner[name] or None
        if name == "address":
            parts = (partner.street, partner.zip, partner.city)
            return ", ".join(filter(None, parts)) or None
        return None

    # ------------------------------------------------------------------ deciding

    def _decide(self, state, note=""):
        """Keep a person's decision about these pairs.

        :param str state: merged, distinct, later, or pending to take a decision back
        :param str note: why
        :raises AccessError: who may not decide, or does not see both customers
        """
        if not isinstance(state, str) or state not in dict(STATES):
            raise UserError(
                self.env._("%(state)s is no decision.", state=str(state)[:40])
            )
        self.check_access("write")
        (self.partner_id | self.other_id).check_access("read")
        decided = state in DECIDED
        vals = {
            "state": state,
            "decided_by_id": self.env.uid if decided else False,
            "decided_at": fields.Datetime.now() if decided else False,
        }
        if note:
            vals["note"] = str(note)[:1000]
        self.sudo().write(vals)
        around = (self.partner_id | self.other_id).ids
        self.sudo()._recluster(self.sudo().setting_id, around)
        return True

    def action_distinct(self):
        """These are two customers; never propose them again."""
        return self._decide("distinct")

    def action_later(self):
        """Leave the pair for later."""
        return self._decide("later")

    def action_reopen(self):
        """Take the decision back; a merge is undone where it was made."""
        if merged := self.filtered(lambda match: not match._are_both_active()):
            raise UserError(
                self.env._(
                    "%(pair)s were merged. Undo the merge first, then decide again.",
                    pair=merged[0].display_name,
                )
            )
        return self._decide("pending")

    def action_merge(self):
        """Unite the records of the pairs.

        Which one goes on is said by `crm.merge._order_groups`.
        """
        self.check_access("write")
        if "crm.merge" not in self.env:
            raise UserError(self.env._("Merging is not installed."))
        open_ = self.filtered(lambda match: match.state not in DECIDED)
        groups = open_._get_groups()
        if not groups:
            raise UserError(self.env._("These pairs are decided already."))
        open_._check_not_distinct(groups)
        reason = self.env._("Possible duplicate, confirmed by hand")
        self.env["crm.merge"]._merge(groups, reason=reason)
        open_._decide("merged")
        return True

    def _get_groups(self):
        """[(record that stays, [records that go into it])] of the pairs."""
        pairs = [(match.partner_id.id, match.other_id.id) for match in self]
        groups = {}
        for record, cluster in clusters(pairs).items():
            groups.setdefault(cluster, []).append(record)
        return self.env["crm.merge"]._order_groups(groups.values())

    def _check_not_distinct(self, groups):
        """Pairs picked one by one may bring together what somebody kept apart.

        :raises UserError: naming the two
        """
        place = {
            id_: at
            for at, (target, sources) in enumerate(groups)
            for id_ in (target, *sources)
        }
        for match in self._find_apart(place):
            if place[match.partner_id.id] == place[match.other_id.id]:
                raise UserError(
                    self.env._(
                        "%(told)s Take fewer pairs, or open that decision again first.",
                        told=match._tell_apart(),
                    )
                )

    @api.model
    def _find_apart(self, partner_ids):
        """The decisions that two of these records are not the same.

        They hold also for whoever cannot see the list of pairs.
        """
        ids = list(partner_ids)
        return self.sudo().search(
            [
                ("state", "=", "distinct"),
                ("partner_id", "in", ids),
                ("other_id", "in", ids),
            ]
        )

    def _tell_apart(self):
        self.ensure_one()
        values = {
            "person": self.decided_by_id.name or self.env._("Somebody"),
            "day": fields.Date.to_string(self.decided_at) or "",
            "one": self.partner_id.display_name,
            "one_id": self.partner_id.id,
            "two": self.other_id.display_name,
            "two_id": self.other_id.id,
        }
        return self.env._(
            "%(person)s decided on %(day)s that %(one)s (ID %(one_id)s) and %(two)s "
            "(ID %(two_id)s) are not the same.",
            **values,
        )

    @api.model
    def _warn_apart(self, partner_ids):
        """What a dialog says before it unites records; empty when nothing is known."""
        told = []
        for match in self._find_apart(partner_ids):
            note = self.env._("Note: %(note)s", note=match.note) if match.note else ""
            told.append(f"{match._tell_apart()} {note}".strip())
        return "\n".join(told)

    def _are_both_active(self):
        self.ensure_one()
        pair = (self.partner_id | self.other_id).with_context(active_test=False)
        return all(pair.mapped("active"))

    # ------------------------------------------------------------------ side by side

    def action_open_partner(self):
        return self._open(self.partner_id)

    def action_open_other(self):
        return self._open(self.other_id)

    def _open(self, partner):
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": partner.id,
            "views": [(False, "form")],
            "target": "current",
        }

    # ------------------------------------------------------------------ clusters

    @api.model
    def _clusters(self, limit=80, offset=0, domain=None):
        """Groups of records to decide on, the surest first.

        :param domain: further condition on the pairs, such as a kind or a company
        :return: list of dicts: cluster (smallest partner id), partner_ids, match_ids,
            weight and probability of the strongest pair, automatic (all its pairs are
            certain)
        """
        limit = min(max(int(limit or 80), 1), 1000)
        offset = max(int(offset or 0), 0)
        wanted = fields.Domain("state", "=", "pending") & fields.Domain(
            "cluster", "!=", False
        )
        if domain:
            wanted &= fields.Domain(domain)
        groups = self._read_group(
            wanted,
            ["cluster"],
            ["weight:max", "probability:max", "automatic:bool_and", "id:recordset"],
            order="weight:max desc, cluster",
            limit=limit,
            offset=offset,
        )
        found = []
        for cluster, weight, share, automatic, matches in groups:
            partners = matches.partner_id | matches.other_id
            found.append(
                {
                    "cluster": cluster,
                    "partner_ids": sorted(partners.ids),
                    "match_ids": matches.ids,
                    "weight": weight,
                    "probability": share,
                    "automatic": automatic,
                }
            )
        return found

    @api.model
    def _check_steward(self):
        if not self.env.user.has_group("crm_extended.group_steward"):
            raise AccessError(
                self.env._("Only data stewards match customers. Ask one of them.")
            )

    @api.model
    def _get_company_pairs(self):
        """SQL: whether companies l and r may see each other's customers.

        A shared customer goes with all; a company sees its mother's.
        """
        return SQL("""(
            cl.id IS NULL OR cr.id IS NULL
            OR cl.parent_path LIKE cr.parent_path || '%%'
            OR cr.parent_path LIKE cl.parent_path || '%%'
        )""")
