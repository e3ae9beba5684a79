"""The same levels in Python and in the engine; weights that add up."""

import random

import duckdb
import pytest
from identity import cluster, compare, distance, model
from identity.compare import Comparison
from identity.quality import evaluate

COLUMNS = ("given", "family", "email", "street", "house", "zip", "city")
KINDS = [
    ("given", "name"), ("family", "name"), ("email", "email"), ("city", "text"),
    ("zip", "number"), ("house", "short"), ("zip", "exact"), ("address", "address"),
]  # fmt: skip


def draw(rng):
    def word(letters, longest):
        if rng.random() < 0.15:
            return None
        return "".join(rng.choice(letters) for _ in range(rng.randint(1, longest)))

    values = {column: word("ab", 6) for column in COLUMNS}
    values["house"], values["zip"] = word("12", 2), word("12", 3)
    user = word("ab", 3)
    values["email"] = user and f"{user}@{rng.choice(['x.cz', 'xx.cz'])}"
    return values


@pytest.mark.parametrize(("field", "kind"), KINDS)
def test_python_and_duckdb_find_the_same_level(field, kind):
    comparison = Comparison(field, kind)
    rng = random.Random(1996)
    pairs = [(draw(rng), draw(rng)) for _ in range(3000)]
    connection = duckdb.connect()
    columns = [f"{c}_{side}" for side in "lr" for c in COLUMNS]
    connection.execute(
        f"CREATE TABLE p (n int, {', '.join(f'{c} text' for c in columns)})"
    )
    marks = ", ".join("?" * (len(columns) + 1))
    connection.executemany(
        f"INSERT INTO p VALUES ({marks})",
        [[n, *one.values(), *two.values()] for n, (one, two) in enumerate(pairs)],
    )
    names = {"jaro": "jaro_winkler_similarity", "damerau": "damerau_levenshtein"}
    cases = [f"WHEN {comparison.missing_sql} THEN NULL"]
    cases += [
        f"WHEN {level.sql.format(**names)} THEN {number}"
        for number, level in enumerate(comparison.levels)
    ]
    sql = f"SELECT CASE {' '.join(cases)} ELSE {len(comparison.levels)} END FROM p"
    engine = [row[0] for row in connection.execute(sql + " ORDER BY n").fetchall()]
    python = [comparison.level(one, two) for one, two in pairs]
    assert python == engine
    assert len(set(python)) > 2, "the draw must reach several levels"


def test_usual_shares_are_shares():
    for kind in compare.KINDS.values():
        assert sum(kind.m) == pytest.approx(1), kind.code
        columns = kind.columns
        assert len(kind.m) == len(kind.levels(*columns)) + 1, kind.code


def test_likeness_of_the_literature():
    """Winkler's examples as in Christen (2012), Data Matching, table 5.2."""
    for one, two, expected in (
        ("shackleford", "shackelford", 0.982),
        ("nichleson", "nichulson", 0.956),
        ("jones", "johnson", 0.832),
        ("massey", "massie", 0.933),
    ):
        assert distance.jaro_winkler(one, two) == pytest.approx(expected, abs=0.001)


def test_the_bars_of_the_waterfall_add_up_to_the_weight():
    judge = model.untrained([Comparison("given", "name"), Comparison("email", "email")])
    left = dict.fromkeys(COLUMNS) | {"given": "jana", "email": "j@x.cz"}
    weight, evidence = judge.judge(left, dict(left))
    assert evidence[0]["field"] == "prior"
    assert sum(bar["bits"] for bar in evidence) == pytest.approx(weight, abs=0.02)


def test_a_missing_value_says_nothing():
    judge = model.untrained([Comparison("email", "email")])
    nobody = dict.fromkeys(COLUMNS)
    weight, [_prior, bar] = judge.judge(nobody, nobody | {"email": "j@x.cz"})
    assert (bar["level"], bar["bits"]) == ("missing", 0.0)
    assert weight == pytest.approx(judge.prior_bits)


def test_a_rare_value_weighs_more():
    comparison = Comparison("family", "name", frequency=True)
    m, u = [0.9, 0.02, 0.04, 0.02, 0.02], [0.01, 0.01, 0.02, 0.06, 0.9]
    weights = model.Weights(comparison, m, u, {"novak": 0.05}, rare=0.001)
    pair = dict.fromkeys(COLUMNS)
    novak, rare = pair | {"family": "novak"}, pair | {"family": "xylander"}
    _level, usual = weights.judge(novak, novak)
    _level, unusual = weights.judge(rare, rare)
    assert unusual - usual == pytest.approx(5.64, abs=0.01)  # log2(0.05 / 0.001)


def test_a_model_survives_storing_and_refuses_other_comparisons():
    comparisons = [Comparison("given", "name"), Comparison("email", "email")]
    learnt = model.untrained(comparisons)
    stored = learnt.to_json()
    again = model.Model.from_json(stored, comparisons)
    assert again.to_json() == stored
    assert model.Model.from_json(stored, [Comparison("given", "text")]) is None
    assert (
        model.Model.from_json(stored, [*comparisons, Comparison("vat", "number")])
        is None
    )
    for broken in (None, [], {}, {"format": 99}):
        assert model.Model.from_json(broken, comparisons) is None


def test_a_veto_is_a_difference_where_none_may_be():
    judge = model.untrained([Comparison("given", "name", veto=True)])
    left = dict.fromkeys(COLUMNS) | {"given": "jana"}
    assert not judge.vetoed(judge.judge(left, left)[1])
    assert judge.vetoed(judge.judge(left, left | {"given": "petr"})[1])
    assert not judge.vetoed(judge.judge(left, left | {"given": None})[1])


def test_the_strongest_link_wins_against_a_ban():
    assert cluster.clusters([(1, 2), (2, 3)], apart=[(1, 3)]) == {1: 1, 2: 1}
    assert cluster.clusters([(2, 3), (1, 2)], apart=[(1, 3)]) == {2: 2, 3: 2}
    # a ban holds for all that was united with either side
    pairs = [(1, 2), (3, 4), (2, 4)]
    assert cluster.clusters(pairs, apart=[(1, 3)]) == {1: 1, 2: 1, 3: 3, 4: 3}


def test_scopes_never_meet_in_one_cluster():
    owner = {1: "a", 2: None, 3: "b"}
    assert cluster.clusters([(1, 2), (2, 3)], scope=owner.get) == {1: 1, 2: 1}


def test_a_long_chain_is_one_cluster():
    chain = [(n, n + 1) for n in range(1, 5000)]
    assert set(cluster.clusters(chain).values()) == {1}


def test_quality_counts_pairs():
    truth = {1: "a", 2: "a", 3: "a", 4: "b", 5: "b"}
    found = evaluate({1: 1, 2: 1, 4: 1}, truth)
    assert (found.right, found.wrong, found.missed) == (1, 2, 3)
    assert evaluate({}, truth).f1 == 0
    assert evaluate(truth, truth).f1 == 1
