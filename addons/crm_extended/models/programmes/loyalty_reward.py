from odoo import models

from ...earning.rewards import Reward


class LoyaltyReward(models.Model):
    _inherit = "loyalty.reward"

    def _to_pure(self, products):
        """These rewards as `earning.rewards` knows them.

        :param products: `product.product` among which the discounted ones are named
        """
        found = []
        for reward in self:
            if reward.reward_type == "product":
                price = reward.reward_product_ids[:1].lst_price
                quantity = reward.reward_product_qty
                needed = reward.required_points
                found.append(Reward("product", price, needed, quantity=quantity))
            elif reward.reward_type == "discount":
                specific = reward.discount_applicability == "specific"
                domain = reward._get_discount_product_domain() if specific else []
                meant = products.filtered_domain(domain) if specific else None
                found.append(
                    Reward(
                        reward.discount_mode,
                        reward.discount,
                        reward.required_points,
                        reward.discount_max_amount,
                        reward.discount_applicability,
                        None if meant is None else frozenset(meant.ids),
                    )
                )
        return found
