"""A trained model: the weights of every level, and a pair judged by them."""

import math
from dataclasses import dataclass, field

from .compare import MISSING, Comparison

FORMAT = 1
_LEAST, _MOST = 1e-6, 1 - 1e-6


def match_weight(m: float, u: float) -> float:
    """Evidence in bits that two records are one customer (Fellegi & Sunter 1969).

    >>> match_weight(m=0.9, u=0.1125)
    3.0
    """
    return math.log2(m / u)


def probability(weight: float) -> float:
    """
    >>> probability(0), round(probability(3), 4)
    (0.5, 0.8889)
    """
    return 1 / (1 + 2.0 ** -max(-300.0, min(300.0, weight)))


def weight_of(probability_: float) -> float:
    """Bits of a probability; the inverse of `probability`."""
    clipped = min(max(probability_, 1e-12), 1 - 1e-12)
    return math.log2(clipped / (1 - clipped))


@dataclass
class Weights:
    """What a comparison is worth.

    :param m, u: by level, best first, "different" last
    :param terms: share of records by frequent value, where frequency counts
    :param rare: share taken for all other values
    """

    comparison: Comparison
    m: list[float]
    u: list[float]
    terms: dict[str, float] = field(default_factory=dict)
    rare: float | None = None

    def __post_init__(self):
        self.m = [min(max(value, _LEAST), _MOST) for value in self.m]
        self.u = [min(max(value, _LEAST), _MOST) for value in self.u]

    def bits(self, number: int) -> float:
        return match_weight(self.m[number], self.u[number])

    def judge(self, left: dict, right: dict) -> tuple[str, float]:
        """(code of the level, bits) of a pair."""
        number = self.comparison.level(left, right)
        if number is None:
            return MISSING, 0.0
        bits = self.bits(number)
        if number == 0 and self.rare:
            value = left[self.comparison.columns[0]]
            share = max(self.terms.get(value, self.rare), self.rare)
            bits += math.log2(self.u[0] / share)
        return self.comparison.codes[number], bits


@dataclass
class Model:
    """Prior and weights.

    :param prior: probability that two random records are one customer
    :param notes: what training could not find out, as (code, field)
    """

    prior: float
    weights: list[Weights]
    rows: int = 0
    notes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def prior_bits(self) -> float:
        return weight_of(self.prior)

    def judge(self, left: dict, right: dict) -> tuple[float, list[dict]]:
        """(weight in bits, evidence) of a pair; the waterfall's bars add up to it."""
        total = self.prior_bits
        evidence = [_prior_bar(total)]
        for weights in self.weights:
            code, bits = weights.judge(left, right)
            total += bits
            comparison = weights.comparison
            evidence.append(
                {
                    "field": comparison.field,
                    "label": comparison.label,
                    "level": code,
                    "left": comparison.shown(left),
                    "right": comparison.shown(right),
                    "bits": round(bits, 2),
                }
            )
        return total, evidence

    def vetoed(self, evidence: list[dict]) -> bool:
        """Whether the pair differs where only a person may overlook it."""
        vetoes = {w.comparison.field for w in self.weights if w.comparison.veto}
        return any(
            bar["field"] in vetoes and bar["level"] == "different" for bar in evidence
        )

    def to_json(self) -> dict:
        return {
            "format": FORMAT,
            "prior": self.prior,
            "rows": self.rows,
            "notes": self.notes,
            "weights": [
                {
                    "field": w.comparison.field,
                    "kind": w.comparison.kind,
                    "m": w.m,
                    "u": w.u,
                    "terms": w.terms,
                    "rare": w.rare,
                    "frequency": w.comparison.frequency,
                }
                for w in self.weights
            ],
        }

    @classmethod
    def from_json(cls, data: dict, comparisons: list[Comparison]) -> "Model | None":
        """The stored weights for these comparisons; None when they were of others."""
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            return None
        stored = {(w["field"], w["kind"]): w for w in data["weights"]}
        skipped = {name for code, name in data["notes"] if code == "empty"}
        weights = []
        for comparison in comparisons:
            found = stored.get((comparison.field, comparison.kind))
            if found is None and comparison.field in skipped:
                continue
            if found is None or len(found["m"]) != len(comparison.codes):
                return None
            if comparison.frequency != found.get("frequency"):
                return None
            weights.append(
                Weights(
                    comparison, found["m"], found["u"], found["terms"], found["rare"]
                )
            )
        notes = [tuple(note) for note in data["notes"]]
        return cls(data["prior"], weights, data["rows"], notes)


def untrained(comparisons: list[Comparison], prior: float = 1e-5) -> Model:
    """A model by rule of thumb, for candidates before the first training."""
    from .compare import KINDS

    weights = []
    for comparison in comparisons:
        m = list(KINDS[comparison.kind].m)
        u = _usual_u(comparison, len(m))
        weights.append(Weights(comparison, m, u))
    return Model(prior, weights)


def _usual_u(comparison: Comparison, size: int) -> list[float]:
    first = {"given": 0.01, "family": 0.002, "city": 0.05, "house": 0.02, "zip": 0.01}
    start = first.get(comparison.field, 0.0005)
    u = [min(start * 2**number, 0.2) for number in range(size - 1)]
    return [*u, 1 - sum(u)]


def _prior_bar(bits: float) -> dict:
    return {
        "field": "prior",
        "label": "",
        "level": "prior",
        "left": "",
        "right": "",
        "bits": round(bits, 2),
    }
