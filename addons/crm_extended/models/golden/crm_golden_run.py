from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

_BATCH = 1000


class GoldenRun(models.Model):
    """After a change of trust or of a rule: decide anew what is believed, of everybody.

    Without it a change holds from the next news of a source on. Pinned values stay.
    A run that only counts says what would change and writes nothing.
    """

    _name = "crm.golden.run"
    _description = "Decision Anew"
    _inherit = "crm.run.mixin"
    _order = "id desc"

    source_id = fields.Many2one(
        "crm.source",
        index="btree_not_null",
        ondelete="cascade",
        help="Only customers whom this source knows; empty: all",
    )
    rule_id = fields.Many2one(
        "crm.survivorship.rule",
        index="btree_not_null",
        ondelete="cascade",
        help="Only the fields of this rule; empty: those of all rules",
    )
    only_count = fields.Boolean(
        default=True, help="Say what would change, and change nothing"
    )
    company_id = fields.Many2one(
        "res.company", readonly=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Started By",
        readonly=True,
        default=lambda self: self.env.user,
    )
    customer_count = fields.Integer(
        string="Customers Looked At",
        readonly=True,
        copy=False,
        help="Those of whom several records speak",
    )
    changed_count = fields.Integer(
        string="Customers Changed", readonly=True, copy=False
    )
    value_count = fields.Integer(string="Values Changed", readonly=True, copy=False)
    outcome = fields.Text(string="Values per Field", readonly=True, copy=False)

    @api.depends("source_id", "rule_id")
    def _compute_display_name(self):
        for run in self:
            about = run.source_id.display_name or run.rule_id.display_name
            about = about or self.env._("All sources and rules")
            run.display_name = f"{about}, {run._get_day_made()}"

    def _check_startable(self):
        groups = ("group_steward", "group_customer_manager")
        if not any(self.env.user.has_group(f"crm_extended.{name}") for name in groups):
            raise AccessError(
                self.env._(
                    "Only data stewards and managers of customers decide anew. Ask one "
                    "of them."
                )
            )
        if self.rule_id and not self.rule_id.active:
            raise UserError(
                self.env._(
                    "The rule %(rule)s is archived and decides nothing. Restore it, or "
                    "leave the rule empty.",
                    rule=self.rule_id.name,
                )
            )

    # ------------------------------------------------------------------ the work

    def _execute(self):
        ids = self._find_customers()
        names = self._get_names()
        changed, per_field = 0, Counter()
        for start in range(0, len(ids), _BATCH):
            self._report(start, len(ids), self.env._("Deciding"))
            changes = self._decide_batch(
                dict.fromkeys(ids[start : start + _BATCH], names)
            )
            changed += len(changes)
            for pairs in changes.values():
                per_field.update(pairs.keys())
            self.env.flush_all()
        return {
            "customer_count": len(ids),
            "changed_count": changed,
            "value_count": per_field.total(),
            "outcome": self._tell(per_field),
        }

    def _decide_batch(self, names_by_partner):
        """:return: partner id -> {field: (before, after)}, written or only found"""
        # sudo: rules decide, not the person who asks; the customers are his companies'
        golden = self.env["crm.golden"].sudo()
        if self.only_count:
            return golden._get_changes(golden._decide(names_by_partner), {})
        return golden._redecide(names_by_partner)

    def _get_names(self):
        if self.rule_id:
            return set(self.rule_id.sudo().field_ids.mapped("name"))
        return set(self.env["crm.survivorship.rule"]._get_watched())

    def _find_customers(self):
        """Ids of the starter's customers of whom more than one record speaks."""
        self.env["crm.source.record"].flush_model(["partner_id", "source_id"])
        companies = self.env.user.company_ids.ids
        company = SQL("(p.company_id IS NULL OR p.company_id = ANY(%s))", companies)
        known = SQL("TRUE")
        if self.source_id:
            known = SQL("bool_or(r.source_id = %s)", self.source_id.id)
        rows = self.env.execute_query(
            SQL(
                """SELECT r.partner_id FROM crm_source_record r
                     JOIN res_partner p ON p.id = r.partner_id AND p.active
                    WHERE %s GROUP BY r.partner_id HAVING count(*) > 1 AND %s
                    ORDER BY r.partner_id""",
                SQL("TRUE") if self.env.su else company,
                known,
            )
        )
        return [id_ for (id_,) in rows]

    def _tell(self, per_field):
        labels = {
            name: self.env["res.partner"]._fields[name]._description_string(self.env)
            for name in per_field
        }
        return "\n".join(
            f"{labels[name]}: {count}" for name, count in per_field.most_common()
        )

    # ------------------------------------------------------------------ buttons

    def action_apply(self):
        """After a look at the numbers: the same again, and write it.

        :raises UserError: when it was written already
        """
        self.ensure_one()
        self.check_access("write")
        if not self.only_count:
            raise UserError(self.env._("These decisions are written already."))
        about = {"source_id": self.source_id.id, "rule_id": self.rule_id.id}
        run = self.create({**about, "only_count": False})
        run.action_start()
        return run._get_records_action()

    @api.model
    def _open_new(self, **vals):
        """A run that counts first, started and shown."""
        run = self.create({**vals, "only_count": True})
        run.action_start()
        return run._get_records_action()


class SurvivorshipRule(models.Model):
    _inherit = "crm.survivorship.rule"

    def action_decide_anew(self):
        """Count what this rule would change of what is believed today."""
        self.ensure_one()
        return self.env["crm.golden.run"]._open_new(rule_id=self.id)


class Source(models.Model):
    _inherit = "crm.source"

    def action_decide_anew(self):
        """Count what the trust in this source would change of what is believed."""
        self.ensure_one()
        return self.env["crm.golden.run"]._open_new(source_id=self.id)
