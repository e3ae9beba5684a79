"""The ledger as one would explain it, to compare the real one with: lists in memory.

Each operation returns what the real one says as `amount`, or None when it is refused.
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Lot:
    left: int
    until: datetime | None
    since: datetime | None
    held: int = 0

    def usable(self, now):
        begun = self.since is None or self.since <= now
        return begun and (self.until is None or self.until > now)


@dataclass
class Entry:
    amount: int
    parts: list  # (lot, points taken; given back below 0)
    lot: Lot | None = None
    is_reversal: bool = False
    is_reversed: bool = False
    back: int = 0  # of points spent, given back by parts
    id: int = 0


@dataclass
class Reservation:
    parts: list
    until: datetime
    is_held: bool = True
    id: int = 0


@dataclass
class Model:
    now: datetime = datetime.min
    lots: list = field(default_factory=list)
    entries: list = field(default_factory=list)
    reservations: list = field(default_factory=list)

    def state(self):
        free = [(lot, lot.left - lot.held) for lot in self.lots]
        return {
            "balance": sum(lot.left for lot in self.lots),
            "held": sum(lot.held for lot in self.lots),
            "pending": sum(n for lot, n in free if lot.since and lot.since > self.now),
            "available": sum(n for lot, n in free if lot.usable(self.now)),
        }

    def earn(self, amount, until, since):
        self.lapse()
        lot = Lot(amount, until, since)
        self.lots.append(lot)
        self.entries.append(Entry(amount, [], lot))
        return amount

    def spend(self, amount):
        parts = self.pick(amount, self.lapsed())
        if parts is None:
            return None
        return self.use(parts).amount

    def reverse(self, place, partial):
        if place >= len(self.entries):
            return None
        entry = self.entries[place]
        if entry.is_reversed or entry.is_reversal:
            return None
        if entry.amount < 0:
            if entry.back == -entry.amount:
                return None
            self.lapse()
            parts = [(lot, -n) for lot, n in entry.parts if n]
        else:
            parts = self.pick_back(entry, partial)
            if parts is None:
                return None
        entry.is_reversed = True
        made = self.use(parts)
        made.is_reversal = True
        return made.amount

    def give_back(self, place, amount):
        if place >= len(self.entries):
            return None
        entry = self.entries[place]
        left = sum(n for _lot, n in entry.parts)
        if entry.is_reversal or entry.is_reversed or amount > left:
            return None
        self.lapse()
        rest, parts, kept = amount, [], []
        for lot, n in reversed(self.ordered(entry.parts)):
            given = min(n, rest)
            rest -= given
            parts += [(lot, -given)] if given else []
            kept.insert(0, (lot, n - given))
        entry.parts, entry.back = kept, entry.back + amount
        made = self.use(parts)
        made.is_reversal = True
        return made.amount

    def pick_back(self, entry, partial):
        given = self.lapsed()
        own = entry.lot.left - entry.lot.held + given.get(id(entry.lot), 0)
        parts = [(entry.lot, min(own, entry.amount))] if own else []
        rest = entry.amount - sum(n for _lot, n in parts)
        parts += self.pick(rest, given, but=entry.lot, whole=False)
        found = sum(n for _lot, n in parts)
        if not found or (found < entry.amount and not partial):
            return None
        self.lapse()
        return parts

    def reserve(self, amount, until):
        parts = self.pick(amount, self.lapsed())
        if parts is None:
            return None
        self.lapse()
        for lot, n in parts:
            lot.held += n
        self.reservations.append(Reservation(parts, until))
        return amount

    def capture(self, place, amount):
        held = self.held(place)
        if held is None or (amount or 0) > held:
            return None
        self.lapse()
        reservation = self.reservations[place]
        self.free(reservation)
        left, parts = held if amount is None else amount, []
        for lot, n in self.ordered(reservation.parts):
            used = min(n, left)
            left -= used
            parts += [(lot, used)] if used else []
        return self.use(parts).amount

    def release(self, place):
        held = self.held(place)
        if held is None:
            return None
        self.lapse()
        self.free(self.reservations[place])
        return held

    def expire(self):
        self.lapse()
        parts = [
            (lot, lot.left - lot.held)
            for lot in self.lots
            if lot.until and lot.until <= self.now and lot.left > lot.held
        ]
        return self.use(parts).amount if parts else 0

    # ------------------------------------------------------------------ steps

    def held(self, place):
        if place >= len(self.reservations):
            return None
        reservation = self.reservations[place]
        if not reservation.is_held or reservation.until <= self.now:
            return None
        return sum(n for _lot, n in reservation.parts)

    def overdue(self):
        return [r for r in self.reservations if r.is_held and r.until <= self.now]

    def lapsed(self):
        """{lot: points} that overdue reservations would give back."""
        given = {}
        for reservation in self.overdue():
            for lot, n in reservation.parts:
                given[id(lot)] = given.get(id(lot), 0) + n
        return given

    def lapse(self):
        for reservation in self.overdue():
            self.free(reservation)

    def free(self, reservation):
        reservation.is_held = False
        for lot, n in reservation.parts:
            lot.held -= n

    def ordered(self, parts):
        place = {id(lot): number for number, lot in enumerate(self.lots)}
        return sorted(
            parts, key=lambda part: (part[0].until or datetime.max, place[id(part[0])])
        )

    def pick(self, amount, given, but=None, whole=True):
        parts = []
        for lot, _n in self.ordered([(lot, 0) for lot in self.lots if lot is not but]):
            n = min(lot.left - lot.held + given.get(id(lot), 0), amount)
            if n > 0 and lot.usable(self.now):
                parts.append((lot, n))
                amount -= n
        return None if whole and amount else parts

    def use(self, parts):
        self.lapse()
        for lot, n in parts:
            lot.left -= n
        self.entries.append(Entry(-sum(n for _lot, n in parts), parts))
        return self.entries[-1]
