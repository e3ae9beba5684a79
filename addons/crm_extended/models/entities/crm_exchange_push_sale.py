from odoo import Command, api, models
from odoo.exceptions import UserError

_MOVES = {
    "sent": ("draft", "action_quotation_sent"),
    "sale": ("draft sent", "action_confirm"),
    "cancel": ("draft sent sale", "action_cancel"),
    "draft": ("sent cancel", "action_draft"),
}


class ExchangePushSale(models.AbstractModel):
    """Orders and opportunities are moved by the actions that our sales people use."""

    _inherit = "crm.exchange"

    # ------------------------------------------------------------------ order

    @api.model
    def _push_values_order(self, client, rows):
        """Status is a step that comes after; lines are compared with those there."""
        products = self._resolve_products(client, rows)
        prepared = self._push_values(client, rows)
        orders = self.env["sale.order"].browse([row.res_id for row in rows])
        held = {order.id: set(order.order_line.ids) for order in orders if order.id}
        for row, vals in zip(rows, prepared, strict=True):
            vals.pop("state", None)
            if not row.res_id:
                vals |= {"company_id": client.company_id.id, "user_id": False}
            if "order_line" in vals:
                there = held.get(row.res_id, set())
                vals["order_line"] = _get_line_commands(
                    row, vals["order_line"], there, products
                )
        return prepared

    @api.model
    def _resolve_products(self, client, rows):
        """{the client's key: id} of the products that lines name by key."""
        keys = {
            line["product"]["id"]
            for row in rows
            for line in row.values.get("lines") or ()
            if _is_key(line.get("product"), client)
        }
        return self._resolve(client, "product", keys)

    @api.model
    def _push_after_order(self, client, orders, rows):
        """Confirm, cancel or reopen, as the status of the row says."""
        wanted = {}
        for order, row in zip(orders, rows, strict=True):
            status = row.values.get("status")
            if status and status != order.state:
                wanted.setdefault(status, []).append(order.id)
        for status, ids in wanted.items():
            group = orders.browse(ids)
            states, action = _MOVES[status]
            stuck = group.filtered(lambda o, states=states: o.state not in states)
            if stuck:
                raise UserError(
                    self.env._(
                        "Order %(number)s cannot become “%(status)s”.",
                        number=stuck[0].name,
                        status=status,
                    )
                )
            getattr(group, action)()

    # ------------------------------------------------------------------ opportunity

    @api.model
    def _push_values_opportunity(self, client, rows):
        prepared = self._push_values(client, rows)
        for row, vals in zip(rows, prepared, strict=True):
            vals.pop("won_status", None)
            if row.values.get("status") == "lost":
                vals.pop("lost_reason_id", None)  # a step of its own, see below
            if not row.res_id:
                vals.setdefault("type", "opportunity")
                vals |= {"company_id": client.company_id.id, "user_id": False}
        return prepared

    @api.model
    def _push_after_opportunity(self, client, leads, rows):
        """Win, lose or reopen, as the status of the row says."""
        for lead, row in zip(leads, rows, strict=True):
            status = row.values.get("status")
            if not status or status == lead.won_status:
                continue
            if status == "won":
                lead.action_set_won()
                continue
            if lead.stage_id.is_won:
                lead.stage_id = lead._stage_find(domain=[("is_won", "=", False)])
            if status == "lost":
                lead.action_set_lost(**self._get_reason(row))
            elif not lead.active:
                lead.action_unarchive()

    @api.model
    def _get_reason(self, row):
        name = row.values.get("lost_reason")
        if not name:
            return {}
        reason = self.env["crm.lost.reason"].search([("name", "=ilike", name)], limit=1)
        return {"lost_reason_id": reason.id}


def _is_key(value, client):
    return (
        isinstance(value, dict)
        and value.keys() == {"source", "id"}
        and value["source"] == client.source_id.code
        and isinstance(value["id"], str)
    )


def _get_line_commands(row, lines, there, products):
    """Commands that make the lines of an order those that were sent.

    :param there: ids of the lines it has; those not sent are removed
    """
    fields = {f.name: f for f in row.entity.by_name["lines"].fields}
    commands, kept = [], set()
    for place, line in enumerate(lines or ()):
        path = f"set.lines[{place}]"
        vals = {}
        for name, value in line.items():
            if name == "id":
                continue
            if not fields[name].writable:
                if not line.get("id"):
                    row.reject("invalid_value", "This is computed.", f"{path}.{name}")
                continue
            if isinstance(value, dict):
                value = products.get(value.get("id"))
                if not value:
                    reason = "There is no such record."
                    row.reject("not_found", reason, f"{path}.{name}")
            kind = fields[name].kind
            value = float(value) if kind == "decimal" and value is not None else value
            vals[fields[name].column] = False if value is None else value
        if line.get("id") in there:
            kept.add(line["id"])
            commands.append(Command.update(line["id"], vals))
        elif line.get("id"):
            row.reject("not_found", "The order has no such line.", f"{path}.id")
        else:
            commands.append(Command.create(vals))
    return [Command.delete(i) for i in sorted(there - kept)] + commands
