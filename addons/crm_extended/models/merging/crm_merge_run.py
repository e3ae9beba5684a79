from contextlib import contextmanager

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

PART = 500  # groups united by one transaction


class CrmMergeRun(models.Model):
    """Merging many groups: in parts that are each whole, stopped and resumed at will.

    A part is committed when it is done. A run whose worker was killed goes on with
    the groups that are not merged yet; what must not be merged is left out and told.
    """

    _name = "crm.merge.run"
    _inherit = "crm.run.mixin"
    _description = "Merge Run"
    _order = "id desc"

    name = fields.Char(required=True, default=lambda self: self.env._("Merge run"))
    reason = fields.Char(help="Written on every merge of the run")
    company_id = fields.Many2one(
        "res.company", readonly=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Started By",
        readonly=True,
        default=lambda self: self.env.user,
    )
    groups = fields.Json(
        string="Groups to Merge",
        readonly=True,
        copy=False,
        help="Pairs of a surviving record and its sources",
    )
    group_count = fields.Integer(string="Groups", readonly=True)
    merge_ids = fields.One2many("crm.merge", "run_id", string="Merges", readonly=True)
    merged_count = fields.Integer(string="Merged", compute="_compute_counts")
    undone_count = fields.Integer(string="Undone", compute="_compute_counts")
    refused = fields.Json(
        readonly=True, copy=False, help="Groups left out: surviving record and reason"
    )
    refused_count = fields.Integer(string="Left Out", readonly=True)
    refused_text = fields.Html(compute="_compute_refused_text")

    @api.depends("merge_ids.state")
    def _compute_counts(self):
        rows = self.env["crm.merge"]._read_group(
            [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]
        )
        counted = {(run.id, state): count for run, state, count in rows}
        for run in self:
            run.merged_count = sum(
                counted.get((run.id, state), 0)
                for state in ("done", "partly", "undone")
            )
            run.undone_count = counted.get((run.id, "undone"), 0)

    @api.depends("refused")
    def _compute_refused_text(self):
        for run in self:
            told = [reason for _target, reason in run.refused or []][:50]
            lines = Markup("").join(Markup("<li>%s</li>") % line for line in told)
            run.refused_text = lines and Markup("<ul>%s</ul>") % lines

    @api.model
    def _create_run(self, groups, reason="", name=None):
        """A run of these groups, to be started by `action_start` or `_run`.

        :param groups: list of (target id, [source ids])
        """
        self.env["crm.merge"]._check_may_merge()
        clean = [[target, list(dict.fromkeys(sources))] for target, sources in groups]
        return (
            self.sudo()
            .create(
                {
                    "name": name or self.env._("Merge run"),
                    "reason": reason,
                    "groups": clean,
                    "group_count": len(clean),
                    "user_id": self.env.uid,
                }
            )
            .sudo(self.env.su)
        )

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "A merge run is filled by the matching or the list of customers: "
            "%(fields)s.",
            fields=labels,
        )

    def _check_startable(self):
        self.env["crm.merge"]._check_may_merge()
        if not self.groups:
            raise UserError(self.env._("The run has no groups to merge."))

    # ------------------------------------------------------------------ the work

    def _execute(self):
        done = {
            merge.partner_id.id for merge in self.merge_ids if merge.state != "undone"
        }
        left = [group for group in self.groups or [] if group[0] not in done]
        refused = []
        for start in range(0, len(left), PART):
            self._report(start, len(left), self.env._("Merging"))
            with self._part() as run:
                refused += run._merge_part(left[start : start + PART])
        return {"refused": refused, "refused_count": len(refused)}

    @contextmanager
    def _part(self):
        """The run in a transaction of its own, kept whatever happens to the rest."""
        if self._is_in_one_transaction():
            yield self
        else:
            with self.env.registry.cursor() as cursor:
                yield self.with_env(self.env(cr=cursor))

    def _merge_part(self, part):
        """Unite one part; returns the groups left out with the reason."""
        merges = self.env["crm.merge"].with_user(self.user_id)
        merges = merges.with_context(crm_merge_run_id=self.id)
        part = [(target, sources) for target, sources in part]
        problems = merges._group_problems(part)
        allowed = [group for at, group in enumerate(part) if at not in problems]
        refused = [[part[at][0], told] for at, told in problems.items()]
        try:
            with self.env.cr.savepoint():
                merges._merge(allowed, self.reason)
        except UserError:
            for group in allowed:  # find the one; the others are merged
                try:
                    with self.env.cr.savepoint():
                        merges._merge([group], self.reason)
                except UserError as error:
                    refused.append([group[0], str(error)])
        return refused

    # ------------------------------------------------------------------ buttons

    def action_open_merges(self):
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("crm_extended.action_merge")
        return action | {"domain": [("run_id", "in", self.ids)], "context": {}}

    def action_ask_undo(self):
        """Open the wizard that undoes the whole run, after it lists what cannot go
        back.
        """
        self.check_access("read")
        return self.env["crm.merge.undo"]._open(
            self.merge_ids.filtered(lambda merge: merge.state != "undone")
        )

    def action_undo(self):
        """Undo every merge of the run that still stands.

        :raises UserError: when a later merge was built on one of them
        """
        self.check_access("read")
        self.merge_ids.filtered(lambda merge: merge.state != "undone")._undo()
        return True
