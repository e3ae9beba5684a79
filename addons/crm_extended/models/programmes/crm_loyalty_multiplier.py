from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...earning.multipliers import Multiplier

WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


class LoyaltyMultiplier(models.Model):
    """A factor on the points of a programme, for some customers, articles or times.

    All that is entered must hold; what is left empty does not matter. With articles or
    categories it multiplies the points of their lines alone. How several work together
    is chosen on the programme.
    """

    _name = "crm.loyalty.multiplier"
    _description = "Multiplier of Points"
    _order = "program_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    program_id = fields.Many2one(
        "loyalty.program",
        string="Programme",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True)
    factor = fields.Float(default=2.0, required=True, digits=(6, 2), aggregator=None)
    level_ids = fields.Many2many("crm.loyalty.tier.level", string="Levels")
    segment_ids = fields.Many2many("crm.segment", string="Segments")
    product_ids = fields.Many2many("product.product", string="Products")
    category_ids = fields.Many2many("product.category", string="Categories")
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To")
    monday = fields.Boolean(string="Mon", default=True)
    tuesday = fields.Boolean(string="Tue", default=True)
    wednesday = fields.Boolean(string="Wed", default=True)
    thursday = fields.Boolean(string="Thu", default=True)
    friday = fields.Boolean(string="Fri", default=True)
    saturday = fields.Boolean(string="Sat", default=True)
    sunday = fields.Boolean(string="Sun", default=True)
    hour_from = fields.Float(string="From Hour", default=0.0)
    hour_to = fields.Float(string="To Hour", default=24.0)
    conditions = fields.Char(string="When", compute="_compute_conditions")

    _factor_range = models.Constraint(
        "CHECK (factor >= 1 AND factor <= 100)",
        "A multiplier is between 1 and 100.",
    )
    _hours = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_to <= 24 AND hour_from < hour_to)",
        "Hours are between 0 and 24, the first before the last.",
    )
    _days = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_from <= date_to)",
        "The first day comes before the last.",
    )

    @api.constrains(*WEEKDAYS)
    def _check_weekdays(self):
        for multiplier in self:
            if not any(multiplier[day] for day in WEEKDAYS):
                raise ValidationError(
                    self.env._(
                        "“%(name)s” holds on no day of the week. Choose one, or "
                        "archive the multiplier.",
                        name=multiplier.name,
                    )
                )

    @api.depends(
        "level_ids",
        "segment_ids",
        "product_ids",
        "category_ids",
        "date_from",
        "date_to",
        "hour_from",
        "hour_to",
        *WEEKDAYS,
    )
    def _compute_conditions(self):
        for multiplier in self:
            multiplier.conditions = multiplier._tell_conditions()

    def _tell_conditions(self):
        """What must hold, in the reader's words."""
        names = [
            ", ".join(self[name].mapped("display_name"))
            for name in ("level_ids", "segment_ids", "product_ids", "category_ids")
            if self[name]
        ]
        days = [day for day in WEEKDAYS if self[day]]
        if len(days) < 7:
            labels = [self._fields[day]._description_string(self.env) for day in days]
            names.append(", ".join(labels))
        if self.hour_from or self.hour_to < 24:
            names.append(f"{_clock(self.hour_from)}-{_clock(self.hour_to)}")
        if self.date_from or self.date_to:
            names.append(f"{self.date_from or '…'} – {self.date_to or '…'}")
        return "; ".join(names) or self.env._("Always")

    # ------------------------------------------------------------------ use

    def _holds_at(self, moment):
        """Whether the day and hour fit.

        :param moment: datetime in the time zone of the programme
        """
        self.ensure_one()
        day = moment.date()
        hour = moment.hour + moment.minute / 60
        return (
            (not self.date_from or self.date_from <= day)
            and (not self.date_to or day <= self.date_to)
            and self[WEEKDAYS[day.weekday()]]
            and self.hour_from <= hour < self.hour_to
        )

    def _get_holding(self, partners, moment):
        """Those that hold for customers at a moment, articles left aside.

        :return: {partner id: multipliers}
        """
        found = self.filtered(lambda m: m.active and m._holds_at(moment))
        programs = self.env["loyalty.program"]
        levels = programs._get_levels_by(partners) if found.level_ids else {}
        segments = programs._get_segments_by(partners) if found.segment_ids else {}

        def holds(multiplier, partner):
            wanted = (multiplier.level_ids, levels), (multiplier.segment_ids, segments)
            return all(
                not records or set(records.ids) & mine.get(partner.id, set())
                for records, mine in wanted
            )

        return {
            partner.id: found.filtered(lambda m, p=partner: holds(m, p))
            for partner in partners
        }

    def _to_pure(self, products):
        """These as `earning.multipliers` knows them.

        :param products: `product.product` of an order, of which those meant are named
        """
        return [Multiplier(m.id, m.factor, m._get_products(products)) for m in self]

    def _get_products(self, products):
        """Ids of those of `products` that are meant; None where all are."""
        self.ensure_one()
        if not self.product_ids and not self.category_ids:
            return None
        wanted = set(self.category_ids.ids)
        return frozenset(
            product.id
            for product in products
            if product in self.product_ids
            or wanted & set(_ancestors(product.categ_id.parent_path))
        )


def _ancestors(path):
    return [int(part) for part in (path or "").split("/") if part]


def _clock(hour):
    return f"{int(hour)}:{round(hour % 1 * 60):02d}"
