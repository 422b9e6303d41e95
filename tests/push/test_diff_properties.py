"""What holds of every two records: nothing is told of what is the same, and everything of what is not."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from etl.push.diff.diff import changed, differences, value_of, without
from etl.push.diff.spelling import bare

NAMES = st.sampled_from(["naam", "plaats", "email1", "kind", "bedrag"])
LEAVES = st.none() | st.booleans() | st.integers(-3, 99) | st.text("abc é", max_size=4)
FLAT = st.dictionaries(NAMES, LEAVES, max_size=4)
ITEMS = st.lists(FLAT, max_size=4)
NESTED = st.dictionaries(
    st.sampled_from(["extra", "adres"]), st.dictionaries(st.sampled_from(["x", "y"]), LEAVES, max_size=2), max_size=2
)
RECORDS = st.builds(
    lambda flat, nested, items: {**flat, **nested, "personen": items, "tags": [1, 2]}, FLAT, NESTED, ITEMS
)
WORDS = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=6, unique=True)
KEYED = {"personen": "id"}
NEW = "something else"


def root(field: str) -> str:
    """The record's own field that a path begins with."""
    return bare(field).partition(".")[0]


def shuffled(items: list[Any], seed: int) -> list[Any]:
    return random.Random(seed).sample(items, len(items))


@given(RECORDS)
def test_a_record_differs_in_nothing_from_itself(record: dict[str, Any]) -> None:
    assert list(differences(record, record)) == []
    assert list(changed(record, record, keyed={})) == []


@given(RECORDS, NAMES)
def test_one_field_that_is_another_is_told_once_as_it_is_and_as_it_should_be(record: dict[str, Any], name: str) -> None:
    body = {**record, name: NEW}
    (one,) = differences(record, body)
    assert (one.field, one.remote, one.ours) == (name, value_of(record, name), NEW)
    (back,) = changed(body, {**record, name: record.get(name)}, keyed={})
    assert (back.field, back.remote, back.ours) == (name, record.get(name), NEW)


@given(RECORDS, RECORDS)
def test_a_body_laid_over_a_record_leaves_no_difference(record: dict[str, Any], body: dict[str, Any]) -> None:
    assert list(differences({**record, **body}, body)) == []


@given(RECORDS, RECORDS)
def test_a_record_that_is_said_to_show_less_differs_in_no_more(record: dict[str, Any], body: dict[str, Any]) -> None:
    del body["personen"]  # of objects in a list the nearest is compared, and which is nearest hangs on what is shown
    every = {one.field for one in differences(record, body)}
    shown = {one.field for one in differences(record, body, shown=True)}
    assert {field for field in every if root(field) in record} >= shown
    assert not {field for field in shown if root(field) not in record}


@given(WORDS, st.integers())
def test_the_order_of_a_list_is_no_difference_with_or_without_a_key(words: list[str], seed: int) -> None:
    people = [{"id": number, "naam": word} for number, word in enumerate(words, 1)]
    record, other = {"personen": people, "tags": words}, {"personen": shuffled(people, seed)}
    other["tags"] = shuffled(words, seed)
    assert list(differences(record, other)) == []
    assert list(changed(record, other, keyed=KEYED)) == []
    assert list(changed(record, other, keyed={})) == []


@given(WORDS, st.integers(), st.data())
def test_one_object_less_is_told_with_its_place_and_one_more_as_well(
    words: list[str], seed: int, data: st.DataObject
) -> None:
    people = [{"id": number, "naam": word} for number, word in enumerate(words, 1)]
    place = data.draw(st.integers(0, len(people) - 1))
    fewer = shuffled([one for one in people if one is not people[place]], seed)
    for keyed in (KEYED, {}):
        (gone,) = changed({"personen": people}, {"personen": fewer}, keyed=keyed)
        assert (gone.field, gone.remote, gone.ours) == (f"personen[{place}]", None, people[place])
        (new,) = changed({"personen": fewer}, {"personen": people}, keyed=keyed)
        assert (new.field, new.remote, new.ours) == (f"personen[{place}]", people[place], None)


@given(WORDS, WORDS, st.booleans())
def test_what_changed_is_the_same_seen_from_either_side(before: list[str], now: list[str], keyed: bool) -> None:
    one, other = (
        {"personen": [{"id": place, "naam": word} for place, word in enumerate(words)], "tags": words}
        for words in (before, now)
    )
    keys = KEYED if keyed else {}
    there = Counter((bare(at.field), repr(at.remote), repr(at.ours)) for at in changed(one, other, keyed=keys))
    back = Counter((bare(at.field), repr(at.ours), repr(at.remote)) for at in changed(other, one, keyed=keys))
    assert there == back


@given(RECORDS, NAMES)
def test_a_record_without_a_field_says_nothing_there_and_all_else(record: dict[str, Any], name: str) -> None:
    record = {**record, "Contact": {name: NEW, "id": 1}}
    left = without(record, name)
    assert value_of(left, name) is None
    assert {key: value for key, value in left.items() if key != "Contact"} == {
        key: value for key, value in record.items() if key not in (name, "Contact")
    }
    assert left["Contact"] == {name: None, "id": 1}
