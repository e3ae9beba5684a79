import random

import pytest
from offering.ranking import Reason, rank, together


def test_two_reasons_are_stronger_than_each():
    [one] = rank([Reason(7, "need", 0.5, "asked"), Reason(7, "due", 0.6, "every 30")])
    assert one.weight == pytest.approx(0.8)
    assert [r.source for r in one.reasons] == ["due", "need"]
    assert one.source == "due"


def test_a_weight_outside_its_bounds_is_cut():
    assert together([1.7]) == 1
    assert together([-3]) == 0
    assert together([]) == 0


def test_the_best_come_first_and_no_more_than_asked():
    reasons = [Reason(n, "due", n / 10) for n in range(1, 9)]
    assert [s.product for s in rank(reasons, most=3)] == [8, 7, 6]


def test_an_offer_is_no_list_of_look_alikes():
    reasons = [Reason(n, "due", n / 10) for n in range(1, 7)]
    category = {6: "strings", 5: "strings", 4: "strings", 3: "drums"}
    chosen = rank(reasons, most=4, category=category, per_category=2)
    assert [s.product for s in chosen] == [6, 5, 3, 2]


def test_equal_weights_keep_one_order_whatever_comes_first():
    reasons = [Reason(n, "due", 0.5) for n in range(20)]
    shuffled = reasons[:]
    random.Random(3).shuffle(shuffled)
    assert rank(reasons) == rank(shuffled)


def test_nothing_to_propose_is_an_empty_offer():
    assert rank([]) == []


@pytest.mark.parametrize("bad", [{"most": 0}, {"per_category": 0}])
def test_less_than_one_product_is_refused(bad):
    with pytest.raises(ValueError):
        rank([], **bad)
