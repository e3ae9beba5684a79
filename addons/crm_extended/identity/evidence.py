"""The waterfall of every pair that Splink found, made where the pairs are."""

from .compare import DIFFERENT, MISSING
from .model import Model, Weights


def pairs_sql(store, model: Model, table: str) -> str:
    """Rows: smaller id, larger id, weight in bits, probability, evidence, vetoed.

    The evidence is JSON, as `Model.judge` gives it.

    :param table: what `linkage.predict` named
    """
    prior = {
        "field": "'prior'",
        "label": "''",
        "level": "'prior'",
        "left": "''",
        "right": "''",
        "bits": f"CAST({model.prior_bits:.2f} AS DOUBLE)",
    }
    bars = store.bars([prior, *map(_bar, model.weights)])
    vetoes = " OR ".join(
        f"gamma_{w.comparison.field} = 0" for w in model.weights if w.comparison.veto
    )
    return (
        "SELECT least(partner_id_l, partner_id_r), "
        "greatest(partner_id_l, partner_id_r), match_weight, match_probability, "
        f"CASE WHEN partner_id_l < partner_id_r THEN {bars} ELSE "
        f"{store.bars([prior, *(_bar(w, 'r', 'l') for w in model.weights)])} END, "
        f"({vetoes or 'false'}) FROM {table}"
    )


def _bar(weights: Weights, left: str = "l", right: str = "r") -> dict[str, str]:
    comparison = weights.comparison
    gamma = f"gamma_{comparison.field}"
    best = len(comparison.levels)
    cases = " ".join(
        f"WHEN {best - number} THEN '{code}'"
        for number, code in enumerate(comparison.codes)
        if code != DIFFERENT
    )
    bits = f"mw_{comparison.field}"
    if weights.rare:
        bits += f" + mw_tf_adj_{comparison.field}"
    return {
        "field": f"'{comparison.field}'",
        "label": "'{}'".format(comparison.label.replace("'", "''")),
        "level": f"CASE {gamma} {cases} WHEN -1 THEN '{MISSING}' "
        f"ELSE '{DIFFERENT}' END",
        "left": _shown(comparison.columns, left),
        "right": _shown(comparison.columns, right),
        "bits": f"round({bits}, 2)",
    }


def _shown(columns, side):
    return "concat_ws(' ', {})".format(", ".join(f"{c}_{side}" for c in columns))
