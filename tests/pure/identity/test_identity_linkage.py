"""Training and prediction by Splink: known data, and data that break it."""

import csv
import importlib.util
import json
import random
import shutil

import pytest
from identity import blocking, engine, evidence, linkage, quality
from identity.cluster import clusters
from identity.compare import Comparison
from identity.record import COLUMNS, normalised

COMPARISONS = [
    Comparison("given", "name", "Given Name", frequency=True, veto=True),
    Comparison("family", "name", "Family Name", frequency=True),
    Comparison("birth", "number", "Date of Birth"),
    Comparison("phone", "number", "Phone"),
    Comparison("zip", "exact", "Postcode's"),
]
RULES = [("phone",), ("birth", "family"), ("given", "zip"), ("birth", "zip")]
GIVEN = "jan petr jana eva marie karel anna josef hana tomas lucie pavel".split()


def people(size=1500, seed=7, typo=0.3):
    """(id, person, raw) with a second record of every third person."""
    rng = random.Random(seed)
    family = ["".join(rng.choice("abdekmnorst") for _ in range(7)) for _ in range(400)]
    number = 0
    for person in range(size):
        raw = {
            "name": f"{rng.choice(GIVEN)} {rng.choice(family)}",
            "birth": f"19{rng.randint(40, 99)}-0{rng.randint(1, 9)}-10",
            "phone": f"+42060{rng.randint(0, 9999999):07d}",
            "zip": str(rng.randint(100, 180) * 100),
        }
        for copy in range(1 + (person % 3 == 0)):
            number += 1
            changed = dict(raw)
            if copy and rng.random() < typo:
                changed["name"] = raw["name"].replace("a", "o", 1)
            if copy and rng.random() < typo:
                changed["phone"] = f"+42060{rng.randint(0, 9999999):07d}"
            if copy and rng.random() < typo:
                changed["zip"] = str(rng.randint(100, 180) * 100)
            yield number, person, changed


def write(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        for number, values in rows:
            writer.writerow([number, *(values[column] for column in COLUMNS)])


TYPES = {"partner_id": "INTEGER", **dict.fromkeys(COLUMNS, "VARCHAR")}


# The Spark engine is tried where it is installed (requirements/spark.txt and Java).
ENGINES = ["duckdb"]
if importlib.util.find_spec("pyspark") and shutil.which("java"):
    ENGINES.append("spark")


@pytest.fixture(scope="module", params=ENGINES)
def learnt(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("linkage")
    drawn = list(people())
    values = {number: normalised(raw) for number, _person, raw in drawn}
    truth = {number: person for number, person, _raw in drawn}
    write(folder / "people.csv", values.items())
    with engine.opened(request.param, str(folder)) as store:
        table = store.read(str(folder / "people.csv"), TYPES)
        model = linkage.train(store, table, COMPARISONS, RULES, max_pairs=1e5)
        found = linkage.predict(store, table, model, RULES, 2.0)
        target = folder / "pairs.csv"
        store.export(evidence.pairs_sql(store, model, found), str(target))
    with target.open(newline="") as file:
        pairs = [
            (int(one), int(two), float(weight), json.loads(text), vetoed == "true")
            for one, two, weight, _share, text, vetoed in csv.reader(file)
        ]
    return model, values, truth, sorted(pairs, key=lambda pair: -pair[2])


def test_planted_duplicates_are_found(learnt):
    _model, _values, truth, pairs = learnt
    found = quality.evaluate(clusters((one, two) for one, two, *_ in pairs), truth)
    assert found.f1 > 0.97, found


def test_the_engine_and_python_judge_alike(learnt):
    model, values, _truth, pairs = learnt
    assert len(pairs) > 400
    for one, two, weight, bars, vetoed in pairs:
        ours, evidence_ = model.judge(values[one], values[two])
        assert ours == pytest.approx(weight, abs=1e-6)
        assert [(b["field"], b["level"]) for b in evidence_] == [
            (b["field"], b["level"]) for b in bars
        ]
        assert [b["bits"] for b in bars] == pytest.approx(
            [b["bits"] for b in evidence_], abs=0.011
        )
        assert (bars[1]["left"], bars[1]["right"]) == (
            values[one]["given"] or "",
            values[two]["given"] or "",
        )
        assert model.vetoed(evidence_) == vetoed


def test_the_prior_is_about_what_was_planted(learnt):
    model, values, truth, _pairs = learnt
    size = len(values)
    planted = sum(1 for n in truth if n - 1 in truth and truth[n - 1] == truth[n])
    assert model.prior == pytest.approx(planted / (size * (size - 1) / 2), rel=0.5)


def test_a_comparison_that_never_differs_is_held_and_named(tmp_path):
    """Splink 5 refuses it with "m_probability value 0.0"."""
    rows = []
    for number, _person, raw in people(size=600, typo=0):
        rows.append((number, normalised(raw)))
    write(tmp_path / "people.csv", rows)
    with engine.opened("duckdb", str(tmp_path)) as store:
        table = store.read(str(tmp_path / "people.csv"), TYPES)
        model = linkage.train(store, table, COMPARISONS, RULES, max_pairs=1e5)
    for weights in model.weights:
        assert sum(weights.m) == pytest.approx(1, abs=0.01)
        assert min(weights.m) > 0
        assert weights.bits(0) > 0 > weights.bits(-1)


def test_columns_without_values_are_left_out_and_named(tmp_path):
    rows = [(n, normalised(raw) | {"birth": None}) for n, _p, raw in people(size=300)]
    write(tmp_path / "people.csv", rows)
    with engine.opened("duckdb", str(tmp_path)) as store:
        table = store.read(str(tmp_path / "people.csv"), TYPES)
        model = linkage.train(store, table, COMPARISONS, RULES, max_pairs=1e5)
    assert ("empty", "birth") in model.notes
    assert "birth" not in {w.comparison.field for w in model.weights}


def test_nothing_to_compare_is_said(tmp_path):
    write(tmp_path / "people.csv", [(n, dict.fromkeys(COLUMNS)) for n in range(9)])
    with engine.opened("duckdb", str(tmp_path)) as store:
        table = store.read(str(tmp_path / "people.csv"), TYPES)
        with pytest.raises(ValueError, match="no comparison"):
            linkage.train(store, table, COMPARISONS, RULES)


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyspark", None)
    with pytest.raises(engine.EngineMissing) as caught:
        engine.require("spark")
    assert caught.value.install == "-r requirements/spark.txt"
    assert caught.value.package == "pyspark"


def test_blocking_in_sql_and_by_keys_is_the_same(learnt):
    _model, values, _truth, pairs = learnt
    for one, two, *_rest in pairs:
        left, right = (set(blocking.keys(values[n], RULES)) for n in (one, two))
        assert left & right
