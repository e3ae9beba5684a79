from odoo import api, models
from odoo.fields import Domain

TOP = "5"


class Picture(models.AbstractModel):
    """Who the customer is: phase, figures, scores, segments, needs, relations."""

    _inherit = "crm.picture"

    @api.model
    def _part_customer(self, scope, parts):
        partner = scope["partner"]
        parent = partner.parent_id if partner.parent_id.has_access("read") else None
        place = ", ".join(filter(None, [partner.city, partner.country_id.name]))
        successor = "merged_into_id" in partner._fields and partner.merged_into_id
        return {
            "id": partner.id,
            "name": partner.name or partner.display_name,
            "is_company": partner.is_company,
            "email": partner.email or "",
            "phone": partner.phone or "",
            "place": place,
            "job": partner.function or "",
            "language": partner.lang or "",
            "since": str(partner.create_date.date()),
            "archived": not partner.active,
            "tags": partner.category_id.mapped("name"),
            "salesperson": partner.user_id.name or "",
            "parent": {"id": parent.id, "name": parent.display_name}
            if parent
            else False,
            "merged_into": {"id": successor.id, "name": successor.display_name}
            if successor
            else False,
        }

    @api.model
    def _part_scope(self, scope, parts):
        partner = scope["partner"]
        return {
            "whole": scope["whole"],
            "people": len(scope["ids"]),
            "switch": bool(partner.is_company or partner.parent_id),
        }

    @api.model
    def _part_phase(self, scope, parts):
        """Today's phase and the way there, of a person's company if there is one."""
        stays = self._readable("crm.lifecycle")
        if stays is None:
            return None
        labels = self._labels("crm.lifecycle", "phase")
        found = stays.search(
            [
                ("partner_id", "=", scope["owner"].id),
                ("company_id", "=", self.env.company.id),
            ],
            limit=24,
        )
        history = [
            {
                "phase": stay.phase,
                "name": labels[stay.phase],
                "since": str(stay.valid_from),
                "until": str(stay.valid_to) if stay.valid_to else False,
                "reason": stay.reason,
            }
            for stay in found
        ]
        begin = {
            "phase": "initial",
            "name": labels["initial"],
            "since": str(scope["partner"].create_date.date()),
            "until": False,
            "reason": self.env._("Nothing bought, nothing asked"),
        }
        now = history[0] if history else begin
        return {**now, "history": history, "names": labels}

    @api.model
    def _part_figures(self, scope, parts):
        """What the customer is worth: bought in all, in a year, margin."""
        figures = []
        purchases = self._readable("crm.purchase")
        company = self.env.company
        bought = (0.0, 0.0, 0, None)
        if purchases is not None:
            domain = self._bought(scope) & self._own_company()
            bought = purchases._read_group(
                domain,
                [],
                ["amount_company:sum", "cost_company:sum", "__count", "date:max"],
            )[0]
        ordered, in_year, last = self._ordered(scope)
        total = (bought[0] or 0.0) + ordered
        recent = in_year
        if purchases is not None and bought[2]:
            domain = self._bought(scope, self._year_ago(scope)) & self._own_company()
            [(year,)] = purchases._read_group(domain, [], ["amount_company:sum"])
            recent += year or 0.0
        scope["bought_on"] = max(filter(None, [bought[3], last]), default=None)
        money = company.currency_id
        if total:
            figures.append(
                {
                    "key": "total",
                    "name": self.env._("Bought in all"),
                    "value": self._money(total, money),
                }
            )
            figures.append(
                {
                    "key": "year",
                    "name": self.env._("Last 12 months"),
                    "value": self._money(recent, money),
                }
            )
        if bought[1]:
            figures.append(self._margin(scope, money))
        if scope["bought_on"]:
            days = self._days_since(scope["bought_on"])
            figures.append(
                {
                    "key": "last",
                    "name": self.env._("Last purchase"),
                    "value": self.env._("%(days)s days ago", days=days)
                    if days
                    else self.env._("today"),
                }
            )
        return figures

    @api.model
    def _own_company(self):
        return Domain("company_id", "=", self.env.company.id)

    @api.model
    def _margin(self, scope, money):
        """Over purchases whose cost is known: unknown is not free."""
        domain = self._bought(scope) & self._own_company()
        query = self.env["crm.purchase"]._search(domain)
        query.add_where("crm_purchase.cost_company IS NOT NULL")
        [(amount, cost)] = self.env.execute_query(
            query.select(
                "COALESCE(sum(crm_purchase.amount_company), 0)",
                "COALESCE(sum(crm_purchase.cost_company), 0)",
            )
        )
        return {
            "key": "margin",
            "name": self.env._("Margin"),
            "value": self._money(float(amount - cost), money),
            "note": f"{100 * float((amount - cost) / amount):.0f} %" if amount else "",
        }

    @api.model
    def _ordered(self, scope):
        """Confirmed orders in the company's currency: (all, last year, last day)."""
        orders = self._readable("sale.order")
        if orders is None:
            return 0.0, 0.0, None
        year_ago = self._year_ago(scope)
        total = recent = 0.0
        last = None
        money = self.env.company.currency_id
        groups = orders._read_group(
            Domain("partner_id", "in", scope["ids"])
            & Domain("state", "=", "sale")
            & self._own_company(),
            ["currency_id", "date_order:month"],
            ["amount_untaxed:sum", "date_order:max"],
        )
        for currency, month, amount, newest in groups:
            value = currency._convert(amount, money, self.env.company, newest.date())
            total += value
            if month.date() >= year_ago.replace(day=1):
                recent += value
            last = max(filter(None, [last, newest.date()]))
        return total, recent, last

    @api.model
    def _part_scores(self, scope, parts):
        values = self._readable("crm.score.value")
        if values is None:
            return None
        found = values.search(
            [
                ("partner_id", "in", list({scope["partner"].id, scope["owner"].id})),
                ("company_id", "in", [self.env.company.id, False]),
            ],
            limit=20,
        )
        scope["valuable"] = any(
            v.band == TOP and v.score_id.higher_is_better for v in found
        )
        bands = self._labels("crm.score.value", "band")
        return [
            {
                "id": value.id,
                "name": value.score_id.name,
                "value": value.value_text,
                "band": int(value.band or 0),
                "band_name": bands.get(value.band, ""),
                "reason": value.evidence_text or "",
                "since": str(value.date),
            }
            for value in found
        ]

    @api.model
    def _part_segments(self, scope, parts):
        members = self._readable("crm.segment.member")
        if members is None:
            return None
        found = members.search(
            [
                ("partner_id", "in", list({scope["partner"].id, scope["owner"].id})),
                ("valid_to", "=", False),
            ],
            limit=20,
        )
        return [
            {
                "id": member.segment_id.id,
                "name": member.segment_id.name,
                "color": member.segment_id.color,
                "reason": member.reason or "",
                "since": str(member.valid_from),
            }
            for member in found
        ]

    @api.model
    def _part_loyalty(self, scope, parts):
        cards = self._readable("loyalty.card")
        if cards is None:
            return None
        found = cards.search([("partner_id", "in", scope["ids"])], limit=10)
        return [
            {
                "id": card.id,
                "name": card.program_id.name,
                "value": card.points_display,
                "until": str(card.expiration_date) if card.expiration_date else False,
            }
            for card in found
        ]

    @api.model
    def _part_needs(self, scope, parts):
        needs = self._readable("crm.need")
        if needs is None:
            return None
        found = needs.search([("partner_id", "in", scope["ids"])], limit=8)
        scope["open_needs"] = found.filtered(lambda need: need.state == "open")
        states = self._labels("crm.need", "state")
        return [
            {
                "id": need.id,
                "name": need.name,
                "state": need.state,
                "note": states.get(need.state, ""),
                "since": str(need.since),
            }
            for need in found
        ]

    @api.model
    def _part_interests(self, scope, parts):
        """What is noted of the person, one line per attribute."""
        values = self._readable("crm.attribute.value")
        if values is None:
            return None
        found = values.search(
            [("partner_id", "=", scope["partner"].id), ("valid_to", "=", False)],
            limit=40,
        )
        return [
            {"name": attribute.name, "value": ", ".join(rows.mapped("shown"))}
            for attribute, rows in found.grouped("attribute_id").items()
        ]

    @api.model
    def _part_relations(self, scope, parts):
        relations = self._readable("crm.relation")
        if relations is None:
            return None
        found = relations.search(
            [("partner_id", "=", scope["partner"].id), ("is_current", "=", True)],
            limit=12,
        )
        others = found.other_id._filtered_access("read")
        return [
            {
                "id": relation.other_id.id,
                "name": relation.other_id.display_name,
                "note": relation.role_id.display_name,
            }
            for relation in found
            if relation.other_id in others
        ]

    @api.model
    def _part_consents(self, scope, parts):
        """The latest answer to each purpose and channel."""
        consents = self._readable("crm.consent")
        if consents is None:
            return None
        found = consents.search(
            [("partner_id", "=", scope["partner"].id)],
            order="date desc, id desc",
            limit=60,
        )
        answers = self._labels("crm.consent", "answer")
        latest = {}
        for consent in found:
            latest.setdefault((consent.purpose_id, consent.channel_id), consent)
        return [
            {
                "name": purpose.display_name,
                "note": channel.display_name or "",
                "value": answers.get(consent.answer, ""),
                "given": consent.answer == "given",
                "since": str(consent.date.date()),
            }
            for (purpose, channel), consent in list(latest.items())[:8]
        ]
