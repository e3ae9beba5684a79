"""Who is believed: known answers, and what must hold for whatever sources say."""

import doctest
import itertools
import random

import pytest
from survivorship import decide as deciding
from survivorship import strategies, voice
from survivorship.decide import ONLY, SAME, TIE, decide
from survivorship.strategies import STRATEGIES
from survivorship.voice import Voice, canonical, is_filled

ADDRESS = ("street", "street2", "zip", "city", "country_id")


def say(key, trust=50, at=0.0, source=None, manual=False, **values):
    observed = dict.fromkeys(values, at)
    return Voice((key,), values, trust, observed, source, manual)


@pytest.mark.parametrize("module", [deciding, strategies, voice])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


# ------------------------------------------------------------------ known answers

TILL = say(1, trust=70, at=100.0, source="till", name="J. Nováková", phone="1")
WEB = say(2, trust=60, at=300.0, source="web", name="Jana Nováková", phone="2")
BRANCH = say(3, trust=40, at=200.0, source="krk", name="Jana N.", phone="2")


@pytest.mark.parametrize(
    ("field", "strategy", "value"),
    [
        ("phone", "trust", "1"),
        ("phone", "newest", "2"),
        ("phone", "frequent", "2"),
        ("name", "complete", "Jana Nováková"),
        ("name", "longest", "Jana Nováková"),
        ("name", "trust", "J. Nováková"),
    ],
)
def test_each_strategy_gives_its_known_answer(field, strategy, value):
    decision = decide([TILL, WEB, BRANCH], [field], [strategy])
    assert decision.values == {field: value}
    assert decision.rule == strategy


def test_what_a_person_entered_comes_before_all_sources_when_the_rule_says_so():
    hand = say(4, trust=10, at=1.0, manual=True, phone="3")
    decision = decide([TILL, WEB, hand], ["phone"], ["manual", "trust"])
    assert (decision.values, decision.rule) == ({"phone": "3"}, "manual")


def test_the_second_strategy_decides_what_the_first_left_open():
    twin = say(5, trust=70, at=150.0, phone="5")
    decision = decide([TILL, WEB, twin], ["phone"], ["trust", "newest"])
    assert (decision.values["phone"], decision.rule) == ("5", "newest")


def test_a_tie_goes_to_the_trusted_then_the_newer_then_the_smaller_key():
    same = [
        say(2, trust=50, at=9.0, city="Brno"),
        say(1, trust=50, at=9.0, city="Praha"),
    ]
    decision = decide(same, ["city"], ["trust", "newest"])
    assert (decision.values["city"], decision.rule) == ("Praha", TIE)
    decision = decide([*same, say(3, trust=60, city="Plzeň")], ["city"], ["frequent"])
    assert decision.values["city"] == "Plzeň"


def test_one_voice_and_voices_that_agree_need_no_rule():
    assert decide([TILL], ["phone"], ["newest"]).rule == ONLY
    shouting = say(6, trust=90, name="j.  NOVÁKOVÁ")
    decision = decide([TILL, shouting], ["name"], ["longest"])
    assert (decision.rule, decision.values["name"]) == (SAME, "j.  NOVÁKOVÁ")


def test_ten_records_of_one_source_are_one_opinion():
    flood = [say(10 + n, source="shop", email="wrong@x.cz") for n in range(10)]
    two = [say(1, source="a", email="r@x.cz"), say(2, source="b", email="r@x.cz")]
    assert decide(flood + two, ["email"], ["frequent"]).values["email"] == "r@x.cz"


def test_an_address_comes_from_one_record_only():
    prague = say(1, trust=70, street="Korunní 48", zip="120 00", city="Praha")
    krakow = say(
        2, trust=60, street="Lubicz 66", zip="31-503", city="Kraków", country_id=7
    )
    decision = decide([prague, krakow], ADDRESS, ["trust"])
    assert decision.values["street"] == "Korunní 48"
    assert decision.values["country_id"] is None, "Praha in Poland: nobody said so"


def test_gaps_of_an_address_are_filled_by_those_who_agree_with_it():
    short = say(1, trust=70, street="Lubicz 66", city="Kraków")
    full = say(
        2, trust=60, street="LUBICZ 66", zip="31-503", city="Kraków", country_id=7
    )
    decision = decide([short, full], ADDRESS, ["trust"])
    assert decision.values["zip"] == "31-503"
    assert decision.origins["zip"] is full
    assert decision.origins["street"] is short
    assert "street2" not in decision.values, "nobody spoke of it: it is left alone"


def test_only_a_person_can_say_that_there_is_none():
    silent = say(1, trust=99, phone="")
    assert decide([silent], ["phone"], ["trust"]) is None
    assert decide([silent, WEB], ["phone"], ["trust"]).values["phone"] == "2"
    cleared = say(2, trust=90, at=500.0, manual=True, phone=None)
    assert decide([cleared, WEB], ["phone"], ["trust"]).values["phone"] is None


# ------------------------------------------------------------------ what always holds


def _draw(rng):
    values = {
        name: rng.choice(["Praha", "PRAHA ", "Brno", "K 4", "", None])
        for name in ADDRESS
        if rng.random() < 0.7
    }
    key = rng.randrange(10**6)
    return say(
        key,
        rng.randrange(4) * 30,
        rng.choice([0.0, 1.0, 2.0]),
        rng.choice(["a", "b", None]),
        rng.random() < 0.2,
        **values,
    )


def _cases(count=400):
    rng = random.Random(20261122)
    for _case in range(count):
        voices = list(
            {v.key: v for v in (_draw(rng) for _n in range(rng.randrange(7)))}.values()
        )
        names = rng.sample(sorted(STRATEGIES), rng.randrange(4))
        yield rng, voices, names


def test_the_order_of_the_voices_never_matters():
    for rng, voices, names in _cases():
        first = decide(voices, ADDRESS, names)
        shuffled = rng.sample(voices, len(voices))
        assert decide(shuffled, ADDRESS, names) == first


def test_every_value_was_said_by_its_origin_and_the_origins_never_contradict():
    for _rng, voices, names in _cases():
        decision = decide(voices, ADDRESS, names)
        if not decision:
            assert not any(voice.speaks(ADDRESS) for voice in voices)
            continue
        for name, origin in decision.origins.items():
            assert origin in voices
            value = decision.values[name]
            assert canonical(origin.values.get(name)) == canonical(value)
            if origin is not decision.voice:
                assert not origin.contradicts(decision.voice, ADDRESS)


def test_what_someone_says_of_a_single_field_is_never_lost():
    for _rng, voices, names in _cases():
        for name in ADDRESS:
            decision = decide(voices, [name], names)
            said = [v for v in voices if is_filled(v.values.get(name))]
            if said and not any(v.manual for v in voices):
                assert is_filled(decision.values[name])


def test_a_voice_that_agrees_with_the_winner_changes_no_value():
    for _rng, voices, names in _cases():
        decision = decide(voices, ["city"], [n for n in names if n != "frequent"])
        if decision and is_filled(decision.values["city"]):
            echo = say(10**7, trust=-1, at=-1.0, city=decision.values["city"])
            again = decide(
                [*voices, echo], ["city"], [n for n in names if n != "frequent"]
            )
            assert canonical(again.values["city"]) == canonical(decision.values["city"])


def test_a_strategy_keeps_some_of_the_voices_and_invents_none():
    for _rng, voices, _names in _cases(100):
        for name, strategy in STRATEGIES.items():
            if voices:
                kept = strategy(voices, ADDRESS)
                assert kept, name
                assert all(voice in voices for voice in kept)


def test_deciding_again_among_the_kept_gives_the_same():
    for _rng, voices, names in _cases(100):
        decision = decide(voices, ADDRESS, names)
        if decision:
            alone = decide([decision.voice], ADDRESS, names)
            both = zip(itertools.repeat(decision.values), decision.voice.values.items())
            assert alone.voice is decision.voice
            for values, (name, value) in both:
                if is_filled(value):
                    assert values[name] == value
