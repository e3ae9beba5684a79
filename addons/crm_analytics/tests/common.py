import random
import shutil
import tempfile
from datetime import date, timedelta

from odoo.tests import TransactionCase, new_test_user, tagged

CHANNELS = ["shop", "web", "phone", False]
METHODS = ["cash", "card", "online", False]


@tagged("post_install", "-at_install")
class WarehouseCase(TransactionCase):
    """A warehouse in a folder of its own, with two companies' purchases."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.env["ir.config_parameter"].set_param("crm_analytics.warehouse_path", folder)
        cls.env["crm.warehouse.run"].search([]).is_current = False
        cls.Cube = cls.env["crm.cube.purchase"]
        cls.company = cls.env.company
        cls.other_company = cls.env["res.company"].create({"name": "Harmonia Kraków"})
        groups = "crm_analytics.group_analytics_user"
        both = [(6, 0, (cls.company | cls.other_company).ids)]
        cls.analyst = new_test_user(
            cls.env, "war_analyst", groups, company_ids=both, tz="Pacific/Auckland"
        )
        cls.one_company = new_test_user(
            cls.env,
            "war_one",
            groups,
            company_ids=[(6, 0, cls.other_company.ids)],
            company_id=cls.other_company.id,
            tz="America/Los_Angeles",
        )
        cls.manager = new_test_user(
            cls.env,
            "war_manager",
            "crm_analytics.group_analytics_manager,sales_team.group_sale_manager",
            company_ids=both,
        )
        cls.stranger = new_test_user(cls.env, "war_stranger", "base.group_user")

    @classmethod
    def refresh(cls):
        run = cls.env["crm.warehouse.run"].create({})
        run._run()
        return run

    @classmethod
    def store(cls):
        return cls.env["crm.warehouse"]._store()

    @classmethod
    def purchase(cls, partner, day, amount, **values):
        """One past purchase, by SQL's narrow way of an import."""
        company = values.pop("company", cls.company)
        return {
            "partner_id": partner.id,
            "date": day,
            "amount": amount,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            **values,
        }

    @classmethod
    def plant_purchases(cls, count=400, seed=1940):
        """Purchases of 40 customers over three years, odd dates, returns too."""
        chance = random.Random(seed)
        env = cls.env
        countries = [env.ref("base.cz"), env.ref("base.pl"), env["res.country"]]
        names = ["Antonín 100%", "Łucja_Nowak", "Back\\slash", "Šárka", "quote'd"]
        cls.customers = env["res.partner"].create(
            [
                {
                    "name": f"{names[n % 5]} {n:02}",
                    "country_id": countries[n % 3].id,
                    "ref": False if n % 4 else f"R{n}",
                }
                for n in range(40)
            ]
        )
        cls.contact = env["res.partner"].create(
            {"name": "Buyer", "parent_id": cls.customers[0].id}
        )
        cls.categories = env["product.category"].create(
            [{"name": "Records"}, {"name": "Books"}]
        )
        cls.categories |= env["product.category"].create(
            {"name": "Jazz", "parent_id": cls.categories[0].id}
        )
        branches = {
            company: env["crm.branch"].create(
                [
                    {"name": name, "code": name, "company_id": company.id}
                    for name in ("Žižkov", "Airport")
                ]
            )
            for company in (cls.company, cls.other_company)
        }
        day = date(2022, 12, 25)
        rows = []
        for n in range(count):
            company = chance.choice([cls.company, cls.company, cls.other_company])
            rows.append(
                cls.purchase(
                    cls.contact if n % 50 == 0 else chance.choice(cls.customers),
                    day + timedelta(days=chance.randrange(1100)),
                    chance.choice([10, 0.1, 29.99, -5.55, 0, 1234.56]),
                    company=company,
                    quantity=chance.choice([1, 2, -1, 0.333]),
                    categ_id=chance.choice([*cls.categories.ids, False]),
                    branch_id=chance.choice([*branches[company].ids, False]),
                    channel=chance.choice(CHANNELS),
                    payment_method=chance.choice(METHODS),
                )
            )
        for odd in (date(1, 1, 1), date(9999, 12, 31), date(2024, 2, 29)):
            rows.append(cls.purchase(cls.customers[1], odd, 7.77))
        cls.purchases = env["crm.purchase"].create(rows)
        cls.purchases[:5].cost = 3.5
