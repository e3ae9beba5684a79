from odoo import api, fields, models
from odoo.exceptions import UserError

MOST = 20  # records that fit side by side
FIRST = ("name", "email", "phone", "street", "street2", "zip", "city", "country_id")
HIDDEN = {"signup_type", "color", "message_bounce", "customer_rank", "supplier_rank"}


class _OnlyTried(Exception):
    """Takes the trial merge of the preview back."""


class CrmMergeDialog(models.TransientModel):
    """Uniting selected customers by hand: who goes on, with which values, and why.

    The preview is the merge itself, tried and taken back: what it counts is what will
    move, and what it refuses will be refused.
    """

    _name = "crm.merge.dialog"
    _description = "Merge Customers"

    partner_ids = fields.Many2many(
        "res.partner",
        string="Records",
        readonly=True,
        context={"active_test": False},
    )
    target_id = fields.Many2one(
        "res.partner",
        string="Surviving Record",
        required=True,
        domain="[('id', 'in', partner_ids)]",
        help="The record that goes on; the others are archived and can come back",
    )
    reason = fields.Char(help="Shown in the journal of merges")
    grid = fields.Json(
        compute="_compute_grid", help="The records side by side, field by field"
    )
    choices = fields.Json(help="{field: id of the record whose value was chosen}")
    preview = fields.Html(string="What Will Move", compute="_compute_preview")
    problem = fields.Char(string="In the Way", compute="_compute_preview")
    apart = fields.Text(
        string="Said to Be Different",
        compute="_compute_apart",
        help="Somebody decided that two of the records are not the same",
    )

    @api.model
    def _open(self, partners):
        self.env["crm.merge"]._check_may_merge()
        partners = partners.with_context(active_test=False).exists()
        if len(partners) < 2:
            raise UserError(
                self.env._("Select the records of one customer: two or more.")
            )
        if len(partners) > MOST:
            raise UserError(
                self.env._(
                    "At most %(most)s records fit side by side. Select fewer, or let "
                    "the matching find the duplicates.",
                    most=MOST,
                )
            )
        partners.check_access("write")
        dialog = self.create(
            {
                "partner_ids": [fields.Command.set(partners.ids)],
                "target_id": self._best_target(partners).id,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge Customers"),
            "res_model": self._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    @api.model
    def _best_target(self, partners):
        [(target, _sources)] = self.env["crm.merge"]._order_groups([partners.ids])
        return partners.browse(target)

    def _group(self):
        """(target id, [source ids]) as the dialog stands, also in an onchange."""
        target = self.target_id._origin or self.target_id
        members = self.partner_ids._origin or self.partner_ids
        return target.id, [i for i in members.ids if i != target.id]

    # ------------------------------------------------------------------ side by side

    @api.depends("partner_ids", "target_id")
    def _compute_grid(self):
        for dialog in self:
            target, sources = dialog._group()
            dialog.grid = dialog._build_grid(target, sources) if target else False

    @api.model
    def _build_grid(self, target, sources):
        """{"records": [{id, name, note, target}], "rows": [{name, label, cells,
        proposed}]}; a cell is {id, text}; rows that all agree on are left out.
        """
        partners = self.env["res.partner"].with_context(active_test=False)
        members = partners.browse(sorted([target, *sources]))  # no column jumps
        proposed = self.env["crm.merge"]._propose_values([(target, sources)])
        proposed = proposed.get(target, {})
        known = self.env["crm.merge"]._choice_fields()
        names = [name for name in FIRST if name in known]
        names += sorted(
            set(known) - set(names) - HIDDEN,
            key=lambda name: known[name]._description_string(self.env),
        )
        values = self.env["crm.merge.value"]
        rows = []
        for name in names:
            field = known[name]
            if field.type == "boolean" or not members._has_field_access(field, "write"):
                continue
            plain = [_plain(member[name]) for member in members]
            if len({value or False for value in plain}) < 2:
                continue
            choice = proposed.get(name)
            rows.append(
                {
                    "name": name,
                    "label": field._description_string(self.env),
                    "cells": [
                        {"id": member.id, "text": values._show(field, value) or ""}
                        for member, value in zip(members, plain, strict=True)
                    ],
                    "proposed": (choice and choice["partner_id"]) or target,
                }
            )
        records = [
            {
                "id": member.id,
                "name": member.complete_name or member.display_name,
                "note": f"ID {member.id} · {fields.Date.to_string(member.create_date)}",
                "target": member.id == target,
                "archived": not member.active,
            }
            for member in members
        ]
        return {"records": records, "rows": rows}

    # ------------------------------------------------------------------ preview

    @api.depends("partner_ids")
    def _compute_apart(self):
        for dialog in self:
            members = dialog.partner_ids._origin or dialog.partner_ids
            dialog.apart = self.env["crm.match"]._warn_apart(members.ids)

    @api.depends("partner_ids", "target_id")
    def _compute_preview(self):
        for dialog in self:
            group = dialog._group()
            rows, problem = dialog._try(group) if group[0] else ([], False)
            dialog.problem = problem
            dialog.preview = (
                False
                if problem
                else self.env["ir.qweb"]._render(
                    "crm_extended.crm_merge_summary", {"rows": rows, "ahead": True}
                )
            )

    @api.model
    def _try(self, group):
        """(summary, why it is refused) of a merge that is taken back at once."""
        rows = []
        try:
            with self.env.cr.savepoint():
                rows = self.env["crm.merge"]._merge([group]).summary
                raise _OnlyTried
        except _OnlyTried:
            return rows, False
        except UserError as error:
            return rows, str(error)
        finally:
            self.env.invalidate_all(flush=False)

    # ------------------------------------------------------------------ button

    def action_merge(self):
        """Unite the records; answers with a notification that can undo.

        :raises UserError: when the records must not be merged, with the remedy
        """
        self.ensure_one()
        target, sources = self._group()
        values = self._chosen_values(target, sources)
        merge = self.env["crm.merge"]._merge(
            [(target, sources)], reason=self.reason or "", values=values
        )
        return {
            "type": "ir.actions.client",
            "tag": "crm_merge_done",
            "params": {
                "merge_ids": merge.ids,
                "message": self.env._(
                    "%(count)s records are %(customer)s now.",
                    count=len(sources) + 1,
                    customer=self.target_id.display_name,
                ),
            },
        }

    def _chosen_values(self, target, sources):
        """{target: {field: value}} of what a person chose other than proposed."""
        choices = self.choices or {}
        if not isinstance(choices, dict):
            raise UserError(self.env._("Expected chosen values per field."))
        partners = self.env["res.partner"].with_context(active_test=False)
        known = self.env["crm.merge"]._choice_fields()
        values = {}
        for name, origin in choices.items():
            if name not in known or origin not in (target, *sources):
                raise UserError(
                    self.env._(
                        "The value of %(field)s must come from one of the records.",
                        field=str(name)[:60],
                    )
                )
            values[name] = _plain(partners.browse(origin)[name])
        return {target: values} if values else None


def _plain(value):
    return value.id if isinstance(value, models.BaseModel) else value
