import sys
from pathlib import Path

import numpy as np
import pytest
from estimators import BgNbd, GammaGamma, summarise

sys.path.append(str(Path(__file__).resolve().parents[2]))
from benchmarks.measure import Result, readable, table
from benchmarks.population import END, KINDS, PRODUCTS, WEEKS, draw


@pytest.fixture(scope="module")
def shop():
    return draw(20_000, 200_000, seed=1997)


def test_a_seed_gives_the_same_shop_and_exactly_the_lines_asked_for(shop):
    again = draw(20_000, 200_000, seed=1997)
    assert shop.purchase.size == 200_000
    assert np.unique(shop.customer).size == 20_000
    assert (again.cents == shop.cents).all() and (again.day == shop.day).all()
    assert (draw(20_000, 200_000, seed=1998).cents != shop.cents).any()


def test_the_planted_truth_can_be_found_in_the_purchases(shop):
    day = shop.day.astype("datetime64[D]")
    value = np.bincount(shop.purchase, weights=shop.cents) / 100
    past = summarise(shop.customer, day, END, value)
    model = BgNbd().fit(past.x, past.t_x, past.T)
    spending = GammaGamma().fit(past.x, past.mean_value)
    assert model.r == pytest.approx(shop.planted.r, rel=0.1)
    assert model.a == pytest.approx(shop.planted.a, rel=0.2)
    assert spending.q == pytest.approx(shop.planted.q, rel=0.1)
    alive = model.probability_alive(past.x, past.t_x, past.T)
    assert alive[shop.active].mean() > alive[~shop.active].mean() + 0.2
    assert alive.mean() == pytest.approx(shop.active.mean(), abs=0.05)


def test_articles_baskets_and_customers_are_heavy_tailed(shop):
    sold = np.sort(np.bincount(shop.product, minlength=PRODUCTS))[::-1]
    bought = np.sort(np.bincount(shop.customer))[::-1]
    assert sold[: PRODUCTS // 10].sum() > sold.sum() / 3
    assert bought[:2_000].sum() > bought.sum() / 4
    assert (shop.cents > 0).all() and (shop.quantity > 0).all()


def test_old_purchases_are_imported_and_the_newest_are_orders(shop):
    last = [shop.day[shop.kind == kind].max() for kind in range(len(KINDS))]
    first = [shop.day[shop.kind == kind].min() for kind in range(len(KINDS))]
    assert last[0] <= first[1] and last[1] <= first[2]
    assert last[2] <= END.astype(int)
    assert first[0] > END.astype(int) - WEEKS * 7


def test_a_shop_with_hardly_any_purchase_is_refused():
    with pytest.raises(ValueError, match="lines per customer"):
        draw(100, 100)


def test_the_table_tells_how_much_faster_and_how_much_longer():
    faster = Result("pivot", "month", 0.02, "report", 1.0, ">= 20 x", met=True)
    longer = Result(
        "writes", "partner", 0.012, "without", 0.01, "", overhead=True, met=False
    )
    text = table([faster, longer])
    assert "| pivot | month | 20 ms | report | 1 s | 50 x | >= 20 x | yes |" in text
    assert "| 1.20 x the time |  | **no** |" in text
    assert readable(1.5e-4) == "150 us"
