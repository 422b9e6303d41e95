"""Records side by side: what a body said and is not there, and all that is not as it was."""

from __future__ import annotations

from typing import Any

import pytest

from etl.push.diff.diff import Difference, changed, differences
from etl.push.diff.spelling import CASE, Spelling

KEYED = {"contactpersonen": "id", "phone_numbers": "phone_number_id"}
PEOPLE = [{"id": 1, "naam": "Anna", "email1": None}, {"id": 2, "naam": "Bo", "email1": "bo@example.nl"}]
RECORD = {"id": 9, "naam": "Groep", "modified": "2026-01-01", "contactpersonen": PEOPLE, "extra": {"tag": "a"}}


def told(record: Any, body: Any, **more: Any) -> list[tuple[str, Any, Any]]:
    return [(one.field, one.remote, one.ours) for one in differences(record, body, **more)]


@pytest.mark.parametrize(
    ("record", "body", "expected"),
    [
        ({"a": "x", "b": 1}, {"a": "x"}, []),
        ({"Contact": {"a": "x"}}, {"a": "y"}, [("a", "x", "y")]),
        ({"a": [1, 2]}, {"a": []}, [("a", [1, 2], [])]),
        ({"a": []}, {"a": [{"x": 1}]}, [("a[0]", None, {"x": 1})]),
        ({"a": [{"x": 2}, {"x": 1, "y": 3}]}, {"a": [{"x": 1}]}, []),
        ({"a": None}, {"a": [{"x": 1}]}, [("a", None, [{"x": 1}])]),
        ({"a": {"tag": "A"}}, {"a": {"tag": "b"}}, [("a.tag", "A", "b")]),
        (
            {"duur": "PT1H00M00S", "inkoop": "7.50", "naam": "A &amp; B"},
            {"duur": "PT1H", "inkoop": 7.5, "naam": "A & B"},
            [],
        ),
    ],
)
def test_what_a_body_says_and_is_not_there(record: Any, body: Any, expected: Any) -> None:
    assert told(record, body) == expected


def test_what_a_record_does_not_show_is_passed_over_where_it_is_said_to_show_less() -> None:
    assert told({"a": 1}, {"a": 1, "landcode": "NL"}, shown=True) == []
    assert told({"a": 1}, {"a": 1, "landcode": "NL"}) == [("landcode", None, "NL")]


def test_a_learnt_spelling_is_no_difference_wherever_the_list_stands() -> None:
    spelling = Spelling({"p.naam": {CASE}})
    assert told({"p": [{"naam": "X"}, {"naam": "BO"}]}, {"p": [{"naam": "bo"}]}, spelling=spelling) == []
    assert told({"p": [{"naam": "X"}]}, {"p": [{"naam": "bo"}]}, spelling=spelling) == [("p[0].naam", "X", "bo")]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({}, []),
        ({"modified": "2026-02-02", "id": 10}, []),
        ({"naam": "Ander"}, [("naam", "Ander", "Groep")]),
        ({"plaats": "Ede"}, [("plaats", "Ede", None)]),
        ({"naam": None}, [("naam", None, "Groep")]),
        ({"extra": {"tag": "a", "b": 1}}, [("extra.b", 1, None)]),
        ({"extra": None}, [("extra", None, {"tag": "a"})]),
        ({"contactpersonen": PEOPLE[::-1]}, []),
        ({"contactpersonen": PEOPLE[:1]}, [("contactpersonen[1]", None, PEOPLE[1])]),
        ({"contactpersonen": None}, [("contactpersonen[0]", None, PEOPLE[0]), ("contactpersonen[1]", None, PEOPLE[1])]),
        ({"contactpersonen": [*PEOPLE, {"id": 3}]}, [("contactpersonen[2]", {"id": 3}, None)]),
        (
            {"contactpersonen": [{**PEOPLE[0], "email1": "a@example.nl"}, PEOPLE[1]]},
            [("contactpersonen[0].email1", "a@example.nl", None)],
        ),
    ],
)
def test_all_that_is_not_as_it_was_in_both_directions(now: Any, expected: Any) -> None:
    found = changed(RECORD, {**RECORD, **now}, keyed=KEYED, ignore={"id", "modified"})
    assert [(one.field, one.remote, one.ours) for one in found] == expected


def test_objects_without_a_key_are_matched_where_they_are_equal_and_each_once() -> None:
    before, now = {"p": [{"b": 21}, {"b": 21}, {"b": 6}]}, {"p": [{"b": 6}, {"b": 21}, {"b": 9}]}
    assert list(changed(before, now, keyed={})) == [
        Difference("p[1]", None, {"b": 21}),
        Difference("p[2]", {"b": 9}, None),
    ]
    assert list(changed({"p": [1, 1]}, {"p": [1]}, keyed={})) == [Difference("p[1]", None, 1)]
    assert list(changed({"p": [1]}, {"p": [1, 1]}, keyed={})) == [Difference("p[1]", 1, None)]


def test_a_spelling_is_no_change() -> None:
    before, now = {"naam": "Groep", "duur": "PT1H"}, {"naam": "GROEP", "duur": "PT60M"}
    assert list(changed(before, now, keyed={}, spelling=Spelling({"naam": {CASE}}))) == []
