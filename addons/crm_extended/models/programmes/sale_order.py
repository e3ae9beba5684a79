from markupsafe import Markup

from odoo import api, fields, models


class SaleOrder(models.Model):
    """An order says why it gives the points that it gives, and what it does not."""

    _inherit = "sale.order"

    loyalty_explanation = fields.Json(
        readonly=True,
        copy=False,
        help="How the points of the order came about: steps by programme",
    )
    loyalty_explanation_text = fields.Html(
        string="Why These Points",
        compute="_compute_loyalty_explanation_text",
        sanitize=False,
    )

    def _update_programs_and_rewards(self):
        """Evaluate only programmes that can touch the order, and note how it went."""
        self.ensure_one()
        possible = {self.id: self._get_possible_programs()}
        story = {}
        order = self.with_context(loyalty_possible=possible, loyalty_story=story)
        result = super(SaleOrder, order)._update_programs_and_rewards()
        self._drop_refused_rewards(story)
        told = self._prepare_explanation(story)
        if told != (self.loyalty_explanation or None):
            self.loyalty_explanation = told
        return result

    def _get_claimable_rewards(self, forced_coupons=None):
        """Rewards of programmes that the customer is not offered are not offered."""
        rewards = super()._get_claimable_rewards(forced_coupons)
        programs = self.env["loyalty.program"].concat(
            *(coupon.program_id for coupon in rewards)
        )
        programs = programs.filtered(
            lambda p: p.program_type not in ("ewallet", "gift_card")
        )
        refused = set(programs._get_refusals(self.partner_id))
        refused.update(programs.browse(self._get_refused_ids()))
        for coupon in list(rewards):
            if coupon.program_id in refused:
                del rewards[coupon]
        return rewards

    def _get_refused_ids(self):
        told = (self.loyalty_explanation or {}).get("programs", [])
        return [one["id"] for one in told if one.get("refused") == "stacking"]

    def _drop_refused_rewards(self, story):
        """A member's card stays on the order, but not rewards of what may not stack."""
        refused = {
            id_ for id_, told in story.items() if told.get("refused") == "stacking"
        }
        lines = self.order_line.filtered(
            lambda line: line.reward_id.program_id.id in refused
        )
        if lines:
            lines.unlink()

    # ------------------------------------------------------------------ explanation

    def _prepare_explanation(self, story):
        shown = [
            {"id": id_, **told}
            for id_, told in sorted(story.items())
            if told.get("refused") or told.get("base")
        ]
        return {"programs": shown} if shown else None

    @api.depends("loyalty_explanation")
    @api.depends_context("lang")
    def _compute_loyalty_explanation_text(self):
        for order in self:
            told = (order.loyalty_explanation or {}).get("programs")
            order.loyalty_explanation_text = order._tell_points(told) if told else False

    def _tell_points(self, told):
        """The explanation in the reader's words, as a table."""
        # sudo: names of programmes are no secret of whoever may read the order
        programs = (
            self.env["loyalty.program"].sudo().browse([one["id"] for one in told])
        )
        known = programs.exists()
        rows = [
            self._tell_program(program, one)
            for program, one in zip(programs, told, strict=True)
            if program in known
        ]
        return Markup("<table class='table table-sm'>%s</table>") % Markup("").join(
            rows
        )

    def _tell_program(self, program, told):
        row = Markup(
            "<tr><th>%s</th><td>%s</td><td class='text-end text-nowrap'>%s</td></tr>"
        )
        if told.get("refused"):
            return row % (program.name, self._tell_refused(program, told), "–")
        steps = [
            self.env._(
                "%(points)s by the rules of the programme",
                points=program._show_points(told["base"]),
            )
        ]
        steps += [self._tell_step(program, step) for step in told["steps"]]
        lines = Markup("<br/>").join(steps)
        total = Markup("<b>%s</b>") % program._show_points(told["points"])
        return row % (program.name, lines, total)

    def _tell_refused(self, program, told):
        if told["refused"] != "stacking":
            return self._tell_refusal(told["refused"])
        group = self.env["crm.loyalty.stacking"].sudo().browse(told["group"]).exists()
        kept = program.browse(told["kept"]).exists()
        return self._tell_stacking(group, kept)

    def _tell_step(self, program, step):
        if step["code"] == "cap":
            lost = program._show_points(step["lost"])
            if step["cap"] == "budget":
                return self.env._(
                    "%(lost)s fewer: the programme's budget is given out", lost=lost
                )
            return self.env._(
                "%(lost)s fewer: the customer holds as many as the programme allows",
                lost=lost,
            )
        multiplier = self.env["crm.loyalty.multiplier"].sudo()
        multiplier = multiplier.browse(step["id"]).exists()
        return self.env._(
            "× %(factor)s on %(points)s: %(name)s",
            factor=f"{step['factor']:g}",
            points=program._show_points(step["points"]),
            name=multiplier.name or self.env._("a multiplier that was deleted"),
        )
