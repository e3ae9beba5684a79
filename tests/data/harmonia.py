"""Makes the demo files of Harmonia's past purchases, always the same ones.

Run from the project's folder: `python tests/data/harmonia.py`. The days are around the
anchor; the demo moves them so that the anchor is the day of the installation.
"""

import csv
import random
from datetime import date, timedelta
from pathlib import Path

ANCHOR = date(2026, 6, 30)
DEMO = Path(__file__).resolve().parents[2] / "addons" / "crm_extended" / "demo"
HEADER = (
    "customer name company email phone street zip city country "
    "receipt date article category pieces amount cost branch payment"
).split()

CZ = {
    "first": "Jana Petr Tomáš Lucie Eva Jiří Martin Hana Ondřej Tereza Karel Alena",
    "last": "Dvořák Svoboda Černý Procházka Kučera Veselý Horák Němec Marek Pospíšil",
    "streets": "Vinohradská Národní Korunní Bělehradská Dlouhá Příkopy",
    "city": "Praha",
    "country": "CZ",
    "phone": "+420 60",
}
PL = {
    "first": "Anna Piotr Katarzyna Paweł Agnieszka Michał Ewa Łukasz Zofia Marcin",
    "last": "Kowalczyk Nowak Wójcik Zieliński Mazur Krawczyk Wróbel Dudek Pawlak",
    "streets": "Floriańska Długa Karmelicka Starowiślna Krupnicza Lubicz",
    "city": "Kraków",
    "country": "PL",
    "phone": "+48 50",
}
HOUSES = {
    "CZ": ["ZUŠ Vinohrady", "Kavárna Gramofon", "Dům dětí Modřany"],
    "PL": ["Szkoła Muzyczna Podgórze", "Radio Wisła"],
}
GOODS = {
    "Vinyl Records": (
        24,
        ["Má vlast", "Kind of Blue", "Abbey Road", "Komeda: Astigmatic"],
    ),
    "Compact Discs": (11, ["Goldberg Variations", "Rumours", "Czech Suite", "Niemen"]),
    "Music Books": (18, ["Just Kids", "The Rest Is Noise", "Chopin: A Life"]),
    "Sheet Music": (9, ["Nocturnes", "Slavonic Dances", "Inventions"]),
    "Instruments": (140, ["Ukulele", "Recorder", "Student violin", "Cajon"]),
}
# name -> share, receipts from, to, days of silence from, to, days of history
HABITS = {
    "champion": (0.14, 26, 40, 2, 25, 700),
    "loyal": (0.24, 13, 22, 10, 70, 640),
    "at risk": (0.18, 10, 18, 190, 330, 700),
    "new": (0.12, 1, 3, 3, 40, 60),
    "hibernating": (0.20, 2, 5, 370, 560, 720),
    "once": (0.16, 1, 1, 60, 600, 700),
}


def make_people(rng, land, count, prefix):
    """Customers of one source; the first ones are houses, not persons."""
    people = []
    names = HOUSES[land["country"]] + sorted(
        f"{f} {last}" for f in land["first"].split() for last in land["last"].split()
    )
    houses = len(HOUSES[land["country"]])
    chosen = names[:houses] + rng.sample(names[houses:], count - houses)
    for number, name in enumerate(chosen, 1):
        key = f"{prefix}{number:04d}"
        street = rng.choice(land["streets"].split())
        people.append(
            {
                "customer": key,
                "name": name,
                "company": "yes" if number <= houses else "no",
                "email": f"{key.lower()}@example.com",
                "phone": f"{land['phone']}{rng.randrange(10**7):07d}",
                "street": f"{street} {rng.randrange(1, 90)}",
                "zip": f"{rng.randrange(100, 199)} 00",
                "city": land["city"],
                "country": land["country"],
            }
        )
    return people


def make_days(rng, habit):
    _share, fewest, most, near, far, history = HABITS[habit]
    silence = rng.randrange(near, far)
    receipts = rng.randint(fewest, most)
    days = [silence] + [
        rng.randrange(silence, max(history, silence + 1)) for _ in range(receipts - 1)
    ]
    return sorted(ANCHOR - timedelta(days=d) for d in days)


def make_receipts(rng, people, prefix, branches, payments):
    habits, shares = list(HABITS), [h[0] for h in HABITS.values()]
    for person in people:
        for day in make_days(rng, rng.choices(habits, shares)[0]):
            category = rng.choices(list(GOODS), (30, 34, 20, 13, 3))[0]
            price, articles = GOODS[category]
            pieces = rng.choices((1, 2, 3), (80, 15, 5))[0]
            amount = round(pieces * price * rng.lognormvariate(0, 0.3), 2)
            if rng.random() < 0.02:
                pieces, amount = -pieces, -amount  # brought back
            yield {
                **person,
                "date": day,
                "article": rng.choice(articles),
                "category": category,
                "pieces": pieces,
                "amount": f"{amount:.2f}",
                "cost": f"{amount * 0.62:.2f}",
                "branch": rng.choice(branches),
                "payment": rng.choice(payments),
            }


def write(name, rows, prefix, form, **options):
    rows = sorted(rows, key=lambda row: (row["date"], row["customer"]))
    with open(DEMO / name, "w", newline="", **options.pop("file")) as stream:
        writer = csv.DictWriter(stream, HEADER, lineterminator="\n", **options)
        writer.writeheader()
        for number, row in enumerate(rows, 1):
            row = {**row, "receipt": f"{prefix}{number:05d}"}
            if form != "%Y-%m-%d":  # the Polish till writes decimal commas
                row["amount"] = row["amount"].replace(".", ",")
                row["cost"] = row["cost"].replace(".", ",")
            writer.writerow({**row, "date": row["date"].strftime(form)})
    print(name, len(rows))


def main():
    rng = random.Random(1869)
    till = make_people(rng, CZ, 30, "P")
    web = make_people(rng, CZ, 14, "W")
    for mine, known in zip(web[3:9], till[3:9], strict=True):
        # the same people under another key: work for the matching
        for field in ("name", "email", "street", "city"):
            mine[field] = known[field]
    krakow = make_people(rng, PL, 18, "K")
    utf8, cp1250 = {"encoding": "utf-8"}, {"encoding": "cp1250"}
    rows = make_receipts(rng, till, "T", ["PRG"], ["card", "card", "cash"])
    write("harmonia_till.csv", list(rows), "T", "%Y-%m-%d", file=utf8)
    rows = make_receipts(rng, web, "E", ["WEB"], ["online", "online", "delivery"])
    write("harmonia_web.csv", list(rows), "E", "%Y-%m-%d", file=utf8)
    rows = make_receipts(rng, krakow, "K", ["KRK"], ["karta", "gotówka"])
    write(
        "harmonia_krakow.csv", list(rows), "K", "%d.%m.%Y", file=cp1250, delimiter=";"
    )


if __name__ == "__main__":
    main()
