from odoo import models

# What an order's entries of one card come to, and what of it was given back: of points
# it earned and of points it used. An order cancelled is out of it.
SIDES = """
SELECT e.card_id, e.kind, e.id, abs(e.amount), e.flow = 'return',
       coalesce((SELECT abs(sum(r.amount)) + sum(abs(r.short)) FROM crm_loyalty_entry r
                  WHERE r.returns_id = e.id), 0)::bigint
  FROM crm_loyalty_entry e
 WHERE e.document = %s AND e.kind IN ('earn', 'spend')
   AND NOT EXISTS (SELECT FROM crm_loyalty_entry v WHERE v.reverses_id = e.id)
 ORDER BY e.id
"""


class SaleOrder(models.Model):
    """Goods returned take their share of the points with them.

    What posted credit notes return of an order's value is taken from what it earned,
    and what they return of its reward lines is given back of what it used. It is
    always the share of all of them together, so that a credit note withdrawn or
    changed is right again.
    """

    _inherit = "sale.order"

    def _follow_returns(self):
        for order in self:
            self.env.cr.execute(SIDES, [order._points_document()])
            found = self.env.cr.fetchall()
            if found:
                order._follow_return(found)

    def _follow_return(self, found):
        goods, rewards = self._get_returned_shares()
        by_side = {}
        for card, kind, *entry in found:
            by_side.setdefault((card, kind), []).append(entry)
        # what was used comes back first: it may be what is taken back
        for card, kind in sorted(by_side, key=lambda side: side[1] == "earn"):
            entries = by_side[card, kind]
            share = goods if kind == "earn" else rewards.get(card, 0.0)
            total = sum(amount for _id, amount, again, _back in entries if not again)
            back = sum(given for _id, _amount, _again, given in entries)
            back -= sum(amount for _id, amount, again, _back in entries if again)
            change = min(round(total * share), total) - back
            if change > 0:
                self._give_points_back(entries, change)
            elif change < 0:
                self._withdraw_return(card, kind, change)

    def _give_points_back(self, entries, units):
        entry_model = self.env["crm.loyalty.entry"]
        for entry, amount, _again, given in entries:
            part = min(amount - given, units)
            if part <= 0:
                continue
            units -= part
            self.env["crm.loyalty.ledger"]._give_back(
                entry_model.browse(entry), part, None, **self._about_return()
            )

    def _withdraw_return(self, card, kind, units):
        """Points move the other way again: a credit note was withdrawn."""
        card = self.env["loyalty.card"].browse(card)
        ledger, about = self.env["crm.loyalty.ledger"], self._about_return()
        about["reason"] = self.env._("Return withdrawn: %(o)s", o=self.display_name)
        if kind == "earn":
            ledger._earn_units(card, -units, True, about)
        else:
            ledger._post(card, units, None, owe=True, **about)

    def _about_return(self):
        return {
            "flow": "return",
            "document": self._points_document(),
            "reason": self.env._("Returned: %(order)s", order=self.display_name),
        }

    def _get_returned_shares(self):
        """(share of the goods' value credited, {card id: share of its rewards})"""
        value, credited = {}, {}
        for line in self.order_line.filtered(lambda line: not line.display_type):
            place = line.coupon_id.id if line.reward_id else 0
            value[place] = value.get(place, 0.0) + abs(line.price_total)
            credited[place] = credited.get(place, 0.0) + line._get_credited()
        shares = {p: min(credited[p] / value[p], 1.0) for p in value if value[p]}
        return shares.pop(0, 0.0), shares


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _get_credited(self):
        """What posted credit notes return of the line, in the order's currency."""
        total = 0.0
        for line in self.invoice_lines:
            move = line.move_id
            if move.move_type == "out_refund" and move.state == "posted":
                total += move.currency_id._convert(
                    abs(line.price_total),
                    self.currency_id,
                    move.company_id,
                    move.invoice_date or move.date,
                )
        return total
