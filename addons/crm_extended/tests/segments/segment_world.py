"""Random customers, definitions and changes, and who belongs by plain Python."""

import random
from datetime import date, timedelta

from odoo.fields import Command

CITIES = ["Praha", "Kraków", "Brno"]
ZIPS = ["110 00", "12000", "60200", False]
CHANNELS = ["call", "mail", "visit"]
START = date(2030, 3, 1)


class SegmentWorld:
    """A small shop whose every fact is also known outside of the database."""

    def __init__(self, case, seed):
        self.random = random.Random(seed)
        self.case, self.env = case, case.env
        self.day = START
        self.scores = case.recency | case.frequency
        self.countries = [self.env.ref("base.cz"), self.env.ref("base.pl")]
        self.segments, self.trees, self.limits = [], {}, {}
        self.people = case.make_customers(14)
        firm = self.people[0]
        self.contacts = case.make_customers(2, parent_id=firm.id)
        self.people |= self.contacts
        self.family = case.family
        for person in self.people - self.contacts:
            self.move(person)

    # ------------------------------------------------------------------ definitions

    def draw_leaf(self):
        draw = self.random
        kind = draw.choice(
            ["domain", "score", "place", "purchase", "interaction", "manual", "segment"]
        )
        if kind == "segment" and not self.segments:
            kind = "score"
        values = {"subject": kind, "negate": draw.random() < 0.25}
        match kind:
            case "domain":
                city = draw.choice(CITIES)
                values["domain"] = repr([("city", "=", city)])
            case "score":
                low = draw.randrange(5)
                values |= {
                    "score_id": draw.choice(self.scores).id,
                    "kind": draw.choice(["range", "minimum", "missing"]),
                    "minimum": low,
                    "maximum": low + 2,
                }
            case "place":
                if draw.random() < 0.5:
                    values["zips"] = draw.choice(["110, 602", "12"])
                else:
                    country = draw.choice(self.countries)
                    values["country_ids"] = [Command.set(country.ids)]
            case "purchase" | "interaction":
                values |= {
                    "how_often": draw.choice(["least", "most", "never"]),
                    "times": draw.randrange(1, 3),
                    "days": draw.choice([0, 2, 4]),
                }
                if kind == "interaction" and draw.random() < 0.5:
                    values["contact_channel"] = draw.choice(CHANNELS)
            case "segment":
                values["other_id"] = draw.choice(self.segments).id
        return values

    def draw_tree(self, depth=2):
        draw = self.random
        if not depth or draw.random() < 0.5:
            return self.draw_leaf()
        children = [self.draw_tree(depth - 1) for _n in range(draw.randrange(1, 4))]
        return {
            "subject": "group",
            "match": draw.choice(["all", "any"]),
            "negate": draw.random() < 0.25,
            "children": children,
        }

    def prepare(self, tree):
        values = {k: v for k, v in tree.items() if k != "children"}
        if "children" in tree:
            values["child_ids"] = [
                Command.create(self.prepare(child)) for child in tree["children"]
            ]
        return values

    def add_segment(self, **values):
        tree = self.draw_tree()
        if values.get("family_id"):  # its own family goes before it anyway
            while "segment" in repr(tree):
                tree = self.draw_tree()
        segment = self.case.make_segment(
            f"S{len(self.segments)}",
            domain=repr([("id", "in", self.people.ids)]),
            condition_ids=[Command.create(self.prepare(tree))],
            **values,
        )
        self.segments.append(segment)
        self.trees[segment] = tree
        return segment

    def redefine(self):
        segment = self.random.choice(self.segments)
        tree = self.draw_leaf()
        while tree["subject"] == "segment":
            tree = self.draw_leaf()
        commands = [Command.clear(), Command.create(self.prepare(tree))]
        segment.condition_ids = commands
        self.trees[segment] = tree

    # ------------------------------------------------------------------ changes

    def change(self):
        """Something happens, in one of the ways that things happen."""
        draw = self.random
        person = draw.choice(self.people)
        steps = [
            *(self.move, self.buy, self.touch, self.pick) * 3,
            self.archive,
            self.forget,
            self.give_back,
            self.hand_over,
            self.change_firm,
        ]
        if draw.random() < 0.35:
            self.rate()
        elif draw.random() < 0.1:
            self.redefine()
        else:
            draw.choice(steps)(person)

    def rate(self):
        score = self.random.choice(self.scores)
        rows = [
            (person.id, self.random.randrange(6), None)
            for person in self.people
            if self.random.random() < 0.7
        ]
        score._store(rows, self.day, "1")

    def move(self, person):
        person.write(
            {
                "city": self.random.choice(CITIES),
                "zip": self.random.choice(ZIPS),
                "country_id": self.random.choice(self.countries).id,
            }
        )

    def _recent(self):
        return self.day - timedelta(days=self.random.randrange(4))

    def buy(self, person):
        self.env["crm.purchase"].create(
            {
                "partner_id": person.id,
                "date": self._recent(),
                "amount": self.random.choice([10, 20, -5]),
            }
        )

    def touch(self, person):
        self.env["crm.interaction"].create(
            {
                "partner_id": person.id,
                "date": f"{self._recent()} 10:00:00",
                "channel": self.random.choice(CHANNELS),
            }
        )

    def pick(self, person):
        segment = self.random.choice(self.segments)
        known = segment.pick_ids.filtered(lambda k: k.partner_id == person)
        if known:
            known.unlink()
        else:
            self.env["crm.segment.pick"]._add(segment, person)

    def archive(self, person):
        if not person.child_ids:
            person.active = not person.active

    def forget(self, person):
        """Somebody deletes a contact of a day."""
        self.env["crm.interaction"].search(
            [("partner_id", "=", person.id)], limit=1
        ).unlink()

    def give_back(self, person):
        self.env["crm.purchase"].search(
            [("partner_id", "=", person.id)], limit=1
        ).unlink()

    def hand_over(self, person):
        purchase = self.env["crm.purchase"].search([], limit=1)
        purchase.partner_id = person

    def change_firm(self, _person):
        contact = self.random.choice(self.contacts)
        contact.parent_id = self.random.choice(self.people[:2])

    # ------------------------------------------------------------------ the model

    def fits(self, segment, person):
        return person.active and self.holds(self.trees[segment], segment, person)

    def holds(self, tree, segment, person):
        if tree["subject"] == "group":
            found = [self.holds(child, segment, person) for child in tree["children"]]
            answer = all(found) if tree["match"] == "all" else any(found)
        else:
            answer = getattr(self, f"holds_{tree['subject']}")(tree, segment, person)
        return answer != tree["negate"]

    def holds_domain(self, tree, _segment, person):
        return f"'{person.city}'" in tree["domain"]

    def holds_score(self, tree, _segment, person):
        values = person.score_value_ids.filtered(
            lambda v: v.score_id.id == tree["score_id"]
        )
        if tree["kind"] == "missing":
            return not values
        if not values:
            return False
        high = tree["maximum"] if tree["kind"] == "range" else float("inf")
        return tree["minimum"] <= values.value <= high

    def holds_place(self, tree, _segment, person):
        if "zips" in tree:
            code = (person.zip or "").replace(" ", "")
            return code.startswith(tuple(tree["zips"].replace(" ", "").split(",")))
        return person.country_id.id in tree["country_ids"][0][2]

    def _count(self, tree, days):
        since = self.day - timedelta(days=tree["days"])
        number = sum(
            day <= self.day and (not tree["days"] or day > since) for day in days
        )
        match tree["how_often"]:
            case "least":
                return number >= tree["times"]
            case "most":
                return number <= tree["times"]
        return number == 0

    def _own(self, model, person):
        """What the company did is what its contacts did; a contact did nothing."""
        if person.commercial_partner_id != person:
            return self.env[model]
        family = self.people.filtered(lambda p: p.commercial_partner_id == person)
        return self.env[model].search([("partner_id", "in", family.ids)])

    def holds_purchase(self, tree, _segment, person):
        bought = self._own("crm.purchase", person).filtered(lambda p: p.amount > 0)
        return self._count(tree, set(bought.mapped("date")))

    def holds_interaction(self, tree, _segment, person):
        found = self._own("crm.interaction", person)
        if channel := tree.get("contact_channel"):
            found = found.filtered(lambda i: i.channel == channel)
        return self._count(tree, [i.date.date() for i in found])

    def holds_manual(self, _tree, segment, person):
        return person in segment.pick_ids.partner_id

    def holds_segment(self, tree, _segment, person):
        return person.id in self.members[tree["other_id"]]

    def expect(self):
        """{segment id: ids of who belongs}, limits and the exclusive family applied."""
        self.env.invalidate_all()
        self.members, taken = {}, set()
        for segment in self.segments:
            found = {p.id for p in self.people if self.fits(segment, p)}
            if segment.family_id:
                found -= taken
            if segment.limit_count:
                found = set(
                    sorted(found, key=self.rank(segment))[: segment.limit_count]
                )
            if segment.family_id:
                taken |= found
            self.members[segment.id] = found
        return self.members

    def rank(self, segment):
        values = {v.partner_id.id: v.value for v in segment.limit_score_id.value_ids}
        return lambda id_: (id_ not in values, -values.get(id_, 0), id_)

    def found(self):
        self.env.invalidate_all()
        return {
            s.id: set(s.member_ids.filtered(lambda m: not m.valid_to).partner_id.ids)
            for s in self.segments
        }
