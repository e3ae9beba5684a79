from datetime import date, timedelta

from odoo.tests import TransactionCase, new_test_user

DAY = date(2025, 6, 30)


class TrackingCase(TransactionCase):
    """A company of its own, measured on the last day of June 2025."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Harmonia Sheets"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context=dict(
                cls.env.context,
                allowed_company_ids=cls.company.ids,
                tracking_disable=True,
            )
        )
        cls.company = cls.env["res.company"].browse(cls.company.id)
        cls.categories = cls.env["product.category"].create(
            [{"name": name} for name in ("Sheets", "Strings", "Vinyl")]
        )

    @classmethod
    def make_customers(cls, *names):
        return cls.env["res.partner"].create([{"name": name} for name in names])

    @classmethod
    def buy(cls, partner, *days_ago, amount=100.0, cost=60.0, category=0, **vals):
        """Imported purchases, so many days before the day."""
        return cls.env["crm.purchase"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": cls.company.id,
                    "currency_id": cls.company.currency_id.id,
                    "date": DAY - timedelta(days=days),
                    "amount": amount,
                    "cost": cost,
                    "categ_id": cls.categories[category].id,
                    **vals,
                }
                for days in days_ago
            ]
        )

    @classmethod
    def measure(cls, **vals):
        run = cls.env["crm.loyalty.track.run"].create(
            {"company_id": cls.company.id, "as_of": DAY, **vals}
        )
        run._run()
        assert run.state == "done", run.error
        return run

    def track(self, partner):
        return self.env["crm.loyalty.track"].search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.company.id)]
        )

    def group(self, **domain):
        return self.env["crm.loyalty.group"].search(
            [("company_id", "=", self.company.id), ("date", "=", DAY)]
            + [(name, "=", value) for name, value in domain.items()]
        )

    @classmethod
    def make_user(cls, login, groups):
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
