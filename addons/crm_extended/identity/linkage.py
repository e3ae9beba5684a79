"""Training and prediction by Splink, from our definitions and to our model."""

from statistics import median

from .blocking import Rule, sql
from .compare import KINDS, Comparison
from .model import Model, Weights
from .prior import count_pairs, prior

TERMS = 5000  # frequent values kept per comparison; the others share one frequency
SHARED = 3  # customers that must share a value for it to be kept: none is given away
_CLAMP = 1e-4  # least share of true matches at a level that training never saw


def settings(
    store, model: Model, rules: list[Rule], trained=True, fixed=frozenset()
) -> dict:
    """Splink's settings of a model: comparisons with their m, u, and blocking rules.

    :param trained: with term frequencies, as for prediction
    :param fixed: fields whose m is not to be trained
    """
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "partner_id",
        "probability_two_random_records_match": model.prior,
        "comparisons": [
            _comparison(store, w, trained, w.comparison.field in fixed)
            for w in model.weights
        ],
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": sql(rule)} for rule in rules
        ],
        "retain_matching_columns": trained,
        "retain_intermediate_calculation_columns": trained,
        "additional_columns_to_retain": [],
        "max_iterations": 25,
    }


def _comparison(store, weights: Weights, trained: bool, fixed: bool) -> dict:
    comparison = weights.comparison
    levels = [
        {
            "sql_condition": comparison.missing_sql,
            "label_for_charts": "missing",
            "is_null_level": True,
        }
    ]
    for number, level in enumerate(comparison.levels):
        described = {
            "sql_condition": level.sql.format(jaro=store.jaro, damerau=store.damerau),
            "label_for_charts": level.code,
            "m_probability": weights.m[number],
            "u_probability": weights.u[number],
        }
        if trained and level.exact and weights.rare:
            described |= {
                "tf_adjustment_column": comparison.columns[0],
                "tf_adjustment_weight": 1.0,
                "tf_minimum_u_value": weights.rare,
            }
        levels.append(described)
    levels.append(
        {
            "sql_condition": "ELSE",
            "label_for_charts": "different",
            "m_probability": weights.m[-1],
            "u_probability": weights.u[-1],
        }
    )
    for level in levels[1:]:
        level["fix_m_probability"] = fixed
    return {"output_column_name": comparison.field, "comparison_levels": levels}


# ---------------------------------------------------------------------- training


def train(
    store,
    table,
    comparisons: list[Comparison],
    rules: list[Rule],
    *,
    max_pairs: float = 1e6,
    seed: int = 1,
    report=lambda share, step: None,
) -> Model:
    """A model of the customers in `table`.

    u by random pairs, m by expectation maximisation over the pairs of several blocking
    rules, each comparison only where the rule leaves it free; the prior by counting the
    pairs that agree on several columns at once.

    :param max_pairs: pairs looked at per step, which bounds the time whatever the size
    :raises ValueError: when no comparison has values
    """
    [(rows, *counts)] = store.rows(_count_sql(comparisons))
    full = [c for c, number in zip(comparisons, counts, strict=True) if number > 1]
    notes = [("empty", c.field) for c in comparisons if c not in full]
    if not full:
        raise ValueError("no comparison has values")
    start = Model(1e-4, [_usual(c) for c in full], rows, notes)
    rules = [rule for rule in rules if count_pairs(store, rule)]
    report(0.1, "u")
    _sample_strangers(store, table, start, rules, max_pairs, seed)
    start.prior = prior(store, rows, rules) or start.prior
    found: dict[str, list] = {c.field: [] for c in full}
    sessions = _sessions(full, rules)
    for number, rule in enumerate(sessions):
        report(0.3 + 0.7 * number / len(sessions), "m")
        for name, m in _maximise(store, table, start, rule, max_pairs).items():
            found[name].append(m)
    for weights in start.weights:
        weights.m = _together(found[weights.comparison.field]) or weights.m
        if not found[weights.comparison.field]:
            notes.append(("m_untrained", weights.comparison.field))
        _set_terms(store, weights)
    return start


def _linker(table, described):
    from splink import Linker

    return Linker(table, described, log_level=None, validate_settings=False)


def _count_sql(comparisons):
    counts = ", ".join(
        "count(COALESCE({}))".format(", ".join(c.columns)) for c in comparisons
    )
    return f"SELECT count(*), {counts} FROM customers"


def _usual(comparison: Comparison) -> Weights:
    m = list(KINDS[comparison.kind].m)
    size = len(m)
    u = [0.01] * (size - 1) + [1 - 0.01 * (size - 1)]
    return Weights(comparison, m, u)


def _sessions(comparisons: list[Comparison], rules: list[Rule]) -> list[Rule]:
    """Few rules that together leave every comparison free at least once."""
    chosen: list[Rule] = []
    waiting = list(comparisons)
    while waiting:
        free = {
            rule: [c for c in waiting if not set(c.columns) & set(rule)]
            for rule in rules
            if rule not in chosen
        }
        # of equally useful rules the narrower: its pairs are true more often
        best = max(free, key=lambda r: (len(free[r]), len(r)), default=None)
        if best is None or not free[best]:
            break
        chosen.append(best)
        waiting = [c for c in waiting if c not in free[best]]
    if len(chosen) == 1:
        chosen += [rule for rule in rules if not set(rule) & set(chosen[0])][:1]
    return chosen


def _sample_strangers(store, table, model, rules, pairs, seed) -> None:
    """u: how often two records picked at random agree; nearly all are strangers."""
    linker = _linker(table, settings(store, model, rules, trained=False))
    linker.training.estimate_u_using_random_sampling(
        max_pairs=pairs, seed=seed, min_count_per_level=None, num_chunks=1
    )
    for weights, learnt in _learnt(linker, model):
        weights.u = _closed(learnt["u_probability"], 1e-7)


def _maximise(store, table, model, rule: Rule, max_pairs: float) -> dict[str, list]:
    """m by field from one session of expectation maximisation.

    Splink refuses a level whose share falls to nothing among true matches, and does not
    name it ("m_probability value 0.0"). Then comparisons are held at their usual
    weights, one more at each try, until the others can be trained; the model's notes
    name them.
    """
    from splink.internals.exceptions import EMTrainingException

    free = [
        w.comparison for w in model.weights if not set(w.comparison.columns) & set(rule)
    ]
    candidates = [frozenset()] + [frozenset({c.field}) for c in free]
    candidates += [frozenset(c.field for c in free[:n]) for n in range(2, len(free))]
    for fixed in candidates:
        linker = _linker(table, settings(store, model, [rule], False, fixed))
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                sql(rule), max_pairs=max_pairs, estimate_without_term_frequencies=True
            )
        except EMTrainingException:  # the rule has no pairs
            return {}
        except ValueError as error:
            if "m_probability value" not in str(error):
                raise
            continue
        model.notes += [("constant", name) for name in sorted(fixed)]
        trained = {c.field for c in free} - fixed
        return {
            weights.comparison.field: learnt["m_probability"]
            for weights, learnt in _learnt(linker, model)
            if weights.comparison.field in trained
        }
    return {}


def _learnt(linker, model):
    """(weights, shares by level) of what the linker holds now."""
    described = linker.misc.save_model_to_json()["comparisons"]
    for weights, comparison in zip(model.weights, described, strict=True):
        levels = comparison["comparison_levels"]
        levels = [level for level in levels if not level.get("is_null_level")]
        shares = {
            name: [_number(level.get(name)) for level in levels]
            for name in ("m_probability", "u_probability")
        }
        yield weights, shares


def _number(share) -> float:
    return share if isinstance(share, float) else 0.0  # it may be a text: not observed


def _together(sessions: list[list[float]]) -> list[float] | None:
    if not sessions:
        return None
    return _closed([median(shares) for shares in zip(*sessions, strict=True)])


def _set_terms(store, weights: Weights) -> None:
    comparison = weights.comparison
    if comparison.frequency and comparison.levels[0].exact:
        weights.terms, weights.rare = _terms(store, comparison.columns[0])


def _closed(shares: list[float], least: float = _CLAMP) -> list[float]:
    """Shares that add up to 1, none of them zero."""
    raised = [max(share, least) for share in shares]
    return [share / sum(raised) for share in raised]


def _terms(store, column: str) -> tuple[dict[str, float], float | None]:
    """(shares of frequent values, share taken for the others) of a column."""
    found = store.rows(
        f"SELECT {column}, count(*) * 1.0 / (SELECT count({column}) FROM customers)"
        f" FROM customers WHERE {column} IS NOT NULL GROUP BY 1"
        f" HAVING count(*) >= {SHARED} ORDER BY 2 DESC, 1 LIMIT {TERMS}"
    )
    if not found:
        return {}, None
    return {value: float(share) for value, share in found}, float(found[-1][1])


# ---------------------------------------------------------------------- prediction


def predict(store, table, model: Model, rules: list[Rule], least: float) -> str:
    """Name of a table of the pairs that some rule finds and that weigh enough.

    Its columns: partner_id_l, partner_id_r, match_weight, match_probability and, per
    comparison, gamma_FIELD (best level highest, "different" 0, missing -1) and weights.

    :param least: in bits
    """
    rules = [rule for rule in rules if count_pairs(store, rule)]
    if not rules:
        return ""
    linker = _linker(table, settings(store, model, rules))
    found = linker.inference.predict(threshold_match_weight=least, warning_mode="never")
    return found.physical_name
