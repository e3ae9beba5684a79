from contextlib import contextmanager

from odoo import api, fields, models, modules
from odoo.exceptions import UserError
from odoo.tools import SQL

from .crm_work_item import CLOSED_STATES, OPEN_STATES


class WorkItem(models.Model):
    """Who has an item in hand: taking, giving back, passing on, closing."""

    _inherit = "crm.work.item"

    # ------------------------------------------------------------------ take next

    def action_take_next(self):
        """Take the most urgent waiting item among the agent's queues and open it.

        It does not matter on which items the button stands.

        :return: a window action on the item, or a notice that nothing waits
        """
        return self._action_take_next(
            self.env["crm.queue"].search([("is_member", "=", True)])
        )

    @api.model
    def _action_take_next(self, queues):
        item = self._take_next(queues)
        if item:
            return item._action_open()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("Nothing waits in your queues."),
            },
        }

    @api.model
    def _take_next(self, queues):
        """Assign to this agent the most urgent waiting item of those queues he serves.

        :return: the item, empty when nothing waits
        """
        self.check_access("write")
        mine = queues.search([("id", "in", queues.ids), ("is_member", "=", True)])
        self.flush_model()
        with self._claim_cursor() as cursor:
            item = self.with_env(self.env(cr=cursor))._claim_next(mine.ids)
        item = self.browse(item.ids)
        item.invalidate_recordset()
        return item

    @contextmanager
    def _claim_cursor(self):
        """A short transaction of its own that sees what others committed just now.

        Odoo's transactions look at the past: an item that somebody took a moment ago
        would still seem to wait, and the attempt to take it would fail and be repeated
        after a second. Tests run in one transaction and cannot have a second one.
        """
        if modules.module.current_test:
            yield self.env.cr
            return
        with self.env.registry.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            yield cursor

    @api.model
    def _claim_next(self, queue_ids):
        """Find, lock and assign in one statement.

        Rows that others are taking at this moment are skipped, so agents never wait for
        each other and no item is given twice.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_work_item
                   SET state = 'assigned', agent_id = %(uid)s, taken_at = %(now)s,
                       waited_seconds = COALESCE(waited_seconds, 0) + GREATEST(
                           0, EXTRACT(EPOCH FROM %(now)s - queued_at))::int,
                       write_uid = %(uid)s, write_date = %(now)s
                 WHERE id = (
                       SELECT id
                         FROM crm_work_item
                        WHERE state = 'waiting' AND queue_id = ANY(%(queues)s)
                     ORDER BY priority DESC, deadline, id
                          FOR UPDATE SKIP LOCKED
                        LIMIT 1)
             RETURNING id
                """,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                queues=queue_ids,
            )
        )
        item = self.browse([row[0] for row in self.env.cr.fetchall()])
        if item:
            item.invalidate_recordset()
            item._message_log(body=self.env._("Taken as the next item"))
            item._announce()
        return item

    def _action_open(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------ buttons

    def action_take(self):
        """Take these items in hand; a supervisor may take over from another agent."""
        for item in self:
            item._check_open()
            if item.agent_id and item.agent_id != self.env.user:
                item._check_mine()
            item._assign(self.env.user)
        return True

    def action_release(self):
        """Put the items back in the queue for others to take."""
        for item in self:
            item._check_open()
            item._check_mine()
            item._assign(self.env["res.users"])
        return True

    def action_transfer(self):
        """Ask where the items go and what the next agent should know."""
        return self._action_wizard("crm.work.item.transfer", self.env._("Transfer"))

    def action_done(self):
        """Ask for the outcome and close the items."""
        self._check_open()
        return self._action_wizard("crm.work.item.close", self.env._("Done"))

    def action_cancel(self):
        """Close items that needed no handling, such as spam or a wrong address."""
        self._check_open()
        self._check_mine()
        self._close("cancelled")
        return True

    def action_reopen(self):
        """Work on closed items again."""
        self.filtered(lambda i: i.state in CLOSED_STATES)._reopen()
        return True

    # ------------------------------------------------------------------ steps

    def _assign(self, agent):
        """Put the item in the agent's hands, or back in the queue without one."""
        self.ensure_one()
        now = fields.Datetime.now()
        vals = {"agent_id": agent.id}
        if agent:
            vals.update(self._prepare_taken_values(now))
            if self.state == "waiting":
                vals["state"] = "assigned"
        else:
            vals.update(state="waiting", queued_at=now)
        self._keep(vals)

    def _prepare_taken_values(self, now):
        """When it was taken and how long it had waited in the queue until then."""
        if self.state != "waiting":
            return {}
        waited = (now - self.queued_at).total_seconds() if self.queued_at else 0
        return {
            "taken_at": now,
            "waited_seconds": self.waited_seconds + max(int(waited), 0),
        }

    def _transfer(self, queue, agent, note):
        """Pass the item on, with what the next agent should know as an internal note.

        The giver may lose sight of it by that: his right is checked before, the rest is
        done for him.
        """
        self.ensure_one()
        self.check_access("write")
        self._check_open()
        if agent and agent not in queue.sudo().member_ids:
            raise UserError(
                self.env._(
                    "%(agent)s is not an agent of the queue %(queue)s.",
                    agent=agent.name,
                    queue=queue.name,
                )
            )
        if queue.company_id != self.company_id:
            raise UserError(
                self.env._("An item stays in its company. Choose a queue of it.")
            )
        item = self.sudo()
        item._message_log(
            body=self.env._(
                "Transferred to %(queue)s: %(note)s", queue=queue.name, note=note
            )
        )
        now = fields.Datetime.now()
        vals = {"queue_id": queue.id, "agent_id": agent.id}
        if agent:
            vals.update(state="assigned", **item._prepare_taken_values(now))
        else:
            vals.update(state="waiting", queued_at=now)
        item.write(vals)

    def _close(self, state, disposition=None):
        self._keep(
            {
                "state": state,
                "closed_at": fields.Datetime.now(),
                "asked_at": False,
                **({"disposition_id": disposition.id} if disposition else {}),
            }
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])
        if disposition:
            for item in self:
                last = item.sudo().interaction_ids.sorted("date desc, id desc")[:1]
                last.outcome = disposition.name

    def _reopen(self):
        """Back to the agent who had it while he serves the queue, else waiting."""
        now = fields.Datetime.now()
        for item in self:
            agent = item.agent_id
            stays = agent.active and agent in item.sudo().queue_id.member_ids
            item._keep(
                {
                    "state": "assigned" if stays else "waiting",
                    "agent_id": agent.id if stays else False,
                    "queued_at": now,
                    "asked_at": now,
                    "closed_at": False,
                    "disposition_id": False,
                    "reopen_count": item.reopen_count + 1,
                }
            )

    def _keep(self, vals):
        """Write what a step brings about; nobody may enter it (`_get_kept_names`)."""
        self.check_access("write")
        self.sudo().write(vals)

    # ------------------------------------------------------------------ checks

    def _check_open(self):
        closed = self.filtered(lambda i: i.state not in OPEN_STATES)
        if closed:
            raise UserError(
                self.env._(
                    "“%(name)s” is already closed. Reopen it first.",
                    name=closed[:1].name,
                )
            )

    def _check_mine(self):
        """One agent does not take an item out of another's hands; a supervisor may."""
        if self.env.user.has_group("crm_contact_center.group_contact_supervisor"):
            return
        for item in self:
            if item.agent_id and item.agent_id != self.env.user:
                raise UserError(
                    self.env._(
                        "%(agent)s has “%(name)s” in hand. Ask for a transfer, or ask "
                        "a supervisor.",
                        agent=item.agent_id.name,
                        name=item.name,
                    )
                )

    def _action_wizard(self, model, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_item_ids": self.ids},
        }
