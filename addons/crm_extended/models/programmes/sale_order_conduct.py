from collections import defaultdict

from pytz import UTC, timezone

from odoo import fields, models

from ...earning import caps, points, rewards, stacking
from ...earning.multipliers import multiply
from .loyalty_program import PAYMENT


class SaleOrder(models.Model):
    """What our programmes do with the points that Odoo's rules give for an order.

    In this order: programmes that the customer is not offered fall away, points are
    multiplied, cut to what budgets and caps leave, and of the programmes of a stacking
    group those stay that may. Each step is noted for the explanation.
    """

    _inherit = "sale.order"

    def _program_check_compute_points(self, programs):
        result = super()._program_check_compute_points(programs)
        given = [program for program, status in result.items() if "points" in status]
        given = self.env["loyalty.program"].concat(*given)
        given = given.filtered(lambda p: p.program_type not in PAYMENT)
        if given:
            story = self.env.context.get("loyalty_story")
            story = story if isinstance(story, dict) else {}  # a client may send any
            self._refuse_programs(given, result, story)
            self._multiply_points(given, result, story)
            self._clip_points(given, result, story)
            self._stack_programs(given, result, story)
        return result

    # ------------------------------------------------------------------ steps

    def _refuse_programs(self, programs, result, story):
        for program, code in programs._get_refusals(self.partner_id).items():
            result[program] = {"error": self._tell_refusal(code)}
            if code != "control":  # nobody at the counter makes up for it
                story[program.id] = {"refused": code}

    def _multiply_points(self, programs, result, story):
        moment = self._get_earning_moment()
        for program in programs:
            earned = result[program].get("points")
            if not earned or not earned[0]:
                continue
            told = story.setdefault(program.id, {"base": earned[0], "steps": []})
            # sudo: multipliers are conduct, read by whoever takes the order
            multipliers = program.sudo().crm_multiplier_ids
            if multipliers:
                held = multipliers._get_holding(self.partner_id, moment)
                multipliers = held.get(self.partner_id.id)
            if multipliers:
                outcome = self._get_multiplied(program, earned[0], multipliers)
                earned[0] = outcome.points
                told["steps"] += [
                    {
                        "code": "multiplier",
                        "id": id_,
                        "factor": multipliers.browse(id_).factor,
                        "points": base,
                    }
                    for id_, base in outcome.worked.items()
                ]
            told["points"] = earned[0]

    def _clip_points(self, programs, result, story):
        limited = set(programs._get_budgets())
        for program in programs.filtered(lambda p: p.id in limited):
            earned = result[program].get("points", [0])
            if earned[0] <= 0:
                continue
            rooms = program._get_rooms(self.partner_id)
            limits = rooms.get(self.partner_id.id, [])
            if self.state == "sale":  # what this order took already is its own
                own = self._get_points_of(program)
                limits = [caps.Cap(cap.code, cap.room + own) for cap in limits]
            kept, cap = caps.clip(earned[0], limits)
            if cap is None:
                continue
            told = story[program.id]
            step = {"code": "cap", "cap": cap.code, "lost": earned[0] - kept}
            told["steps"].append(step)
            told["points"] = earned[0] = kept
            if not kept and not program.is_nominative:
                result[program] = {"error": self._tell_refusal(cap.code)}

    def _stack_programs(self, programs, result, story):
        grouped = defaultdict(lambda: self.env["loyalty.program"])
        for program in programs:
            group = program.sudo().crm_stacking_id
            if group.active and any(result[program].get("points", [])):
                grouped[group] |= program
        applied = self._get_applied_programs() if grouped else programs.browse()
        for group, candidates in grouped.items():
            rivals = applied.filtered(lambda p, g=group: p.sudo().crm_stacking_id == g)
            offers = [
                self._get_offer(program, sum(result[program]["points"]))
                for program in candidates
            ] + [
                self._get_offer(program, self._get_points_of(program))
                for program in rivals - programs
            ]
            kept = stacking.choose(offers, group.mode, group.limit)
            names = candidates | rivals
            winners = names.filtered(lambda p, k=kept: p.id in {o.program for o in k})
            for program in candidates - winners:
                note = {"refused": "stacking", "group": group.id, "kept": winners.ids}
                story[program.id] = note
                result[program] = {"error": self._tell_stacking(group, winners)}

    # ------------------------------------------------------------------ parts

    def _get_earning_moment(self):
        """When the order counts as placed, in the time zone of its programmes."""
        moment = self.date_order if self.state == "sale" else fields.Datetime.now()
        zone = timezone(self._get_program_timezone())
        return UTC.localize(moment).astimezone(zone)

    def _get_multiplied(self, program, base, multipliers):
        """The points after multipliers; lines matter only where articles are named."""
        lines = self._get_earning_lines(program)
        products = lines.product_id
        pure = multipliers._to_pure(products)
        if all(m.products is None for m in pure):
            parts = [points.Part(0, None, base)]
        else:
            rules = self._get_earning_rules(program, products)
            _total, parts = points.earn(rules, self._to_pure_lines(program, lines))
        mode = program.crm_multiplier_mode
        ceiling = program.crm_multiplier_ceiling
        product_of = [line.product_id.id for line in lines].__getitem__
        return multiply(base, parts, pure, product_of, mode, ceiling)

    def _get_earning_lines(self, program):
        lines = self.order_line - self._get_no_effect_on_threshold_lines()
        return lines.filtered(lambda line: line.product_id and not line.combo_item_id)

    def _to_pure_lines(self, program, lines):
        unpaid = (*PAYMENT, program.program_type)
        pure = []
        for line in lines:
            by = line.reward_id.program_id
            discount = line.reward_id.reward_type == "discount"
            pure.append(
                points.Line(
                    line.product_id.id,
                    line.product_uom_qty,
                    self._get_order_line_price(line, "price_subtotal"),
                    self._get_order_line_price(line, "price_total"),
                    rewarded=bool(line.reward_id),
                    counted=not (discount and (by.trigger == "auto" or by == program)),
                    paid=by.program_type not in unpaid,
                )
            )
        return pure

    def _get_earning_rules(self, program, products):
        """Rules of the programme that need no code or whose code was given."""
        matched = program._get_valid_products(products)
        rules = program.rule_ids.filtered(
            lambda r: r.mode != "with_code" or r in self.code_enabled_rule_ids
        )
        return [
            rule._to_pure(rule._compute_amount(self.currency_id), matched.get(rule))
            for rule in rules
        ]

    def _get_points_of(self, program):
        entries = self.coupon_point_ids.filtered(
            lambda entry: entry.coupon_id.program_id == program
        )
        return sum(entries.mapped("points"))

    def _get_offer(self, program, earned):
        """The programme's worth to the customer: what it saves or its points' value."""
        lines = self.order_line.filtered(
            lambda line: line.reward_id in program.reward_ids
        )
        saved = -sum(lines.mapped("price_total"))
        values = program._get_point_values(self.company_id, fields.Date.today())
        worth = values.get(program.id, 0.0) * earned
        if program.applies_on != "future":
            goods = self._get_earning_lines(program)
            lines = self._to_pure_lines(program, goods)
            pure = program.sudo().reward_ids._to_pure(goods.product_id)
            worths = [rewards.worth(reward, earned, lines) for reward in pure]
            worth = max([worth, *worths])
        return stacking.Offer(program.id, max(worth, saved), program.sequence or 0)

    # ------------------------------------------------------------------ words

    def _tell_refusal(self, code):
        return {
            "segment": self.env._("The programme is for customers of other segments."),
            "budget": self.env._("The programme has given out its budget."),
            "member": self.env._(
                "The customer holds as many points as the programme allows."
            ),
        }.get(code) or self.env._("The programme is not available for this customer.")

    def _tell_stacking(self, group, winners):
        return self.env._(
            "“%(group)s” allows %(limit)s of its programmes on an order. It has: "
            "%(programs)s.",
            group=group.name,
            limit=group.limit,
            programs=", ".join(winners.mapped("name")),
        )
