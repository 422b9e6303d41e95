"""Records side by side: what a body said and is not there, and all that is not as it was."""

from __future__ import annotations

from typing import Any

import pytest

from etl.push.diff.diff import Difference, changed, differences, differences_of, is_equal, value_of, without
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
        ({"a": "x"}, {"a": None}, [("a", "x", None)]),
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
    assert told({"a": 1}, {"landcode": "NL", "a": 2}, shown=True) == [("a", 1, 2)]
    assert told({"o": {"a": 1}}, {"o": {"landcode": "NL", "a": 2}}, shown=True) == [("o.a", 1, 2)]
    assert told({"o": {"p": {"a": 1}}}, {"o": {"p": {"landcode": "NL"}}}, shown=True) == []


def test_a_learnt_spelling_is_no_difference_wherever_the_list_stands() -> None:
    spelling = Spelling({"p.naam": {CASE}})
    assert told({"p": [{"naam": "X"}, {"naam": "BO"}]}, {"p": [{"naam": "bo"}]}, spelling=spelling) == []
    assert told({"p": [{"naam": "X"}]}, {"p": [{"naam": "bo"}]}, spelling=spelling) == [("p[0].naam", "X", "bo")]


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({"a": None}, {"a": ""}, []),
        ({}, {"a": []}, []),
        ({"a": "0.00"}, {"a": 0}, []),
        ({"a": 12.5}, {"a": "12.50"}, []),
        ({"a": "x"}, {"a": 0}, [("a", "x", 0)]),
        ({"a": 2}, {"a": True}, [("a", 2, True)]),
        ({"a": "x"}, {"a": "X"}, [("a", "x", "X")]),
        ({}, {"a": "x"}, [("a", None, "x")]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3, "c": 2}}, [("a.b", 1, 3)]),
        ({"a": {"b": 1}}, {"a": "x"}, [("a", {"b": 1}, "x")]),
        ({"a": ["x"]}, {"a": ["y"]}, [("a[0]", "x", None), ("a[0]", None, "y")]),
        ({"a": ("x", "y")}, {"a": ["y", "x"]}, []),
        ({"a": "x"}, {"a": ["x"]}, [("a", "x", ["x"])]),
        (
            {"p": [{"x": 1}, {"x": 2}]},
            {"p": [{"x": 1}, {"x": 3}]},
            [("p[1]", {"x": 2}, None), ("p[1]", None, {"x": 3})],
        ),
        ({"p": [{"x": 1}]}, {"p": []}, [("p[0]", {"x": 1}, None)]),
        ({"p": []}, {"p": [{"x": 1}]}, [("p[0]", None, {"x": 1})]),
        ({"p": None}, {"p": [{"x": 1}]}, [("p[0]", None, {"x": 1})]),
        ({"p": "x"}, {"p": [{"x": 1}]}, [("p", "x", [{"x": 1}])]),
    ],
)
def test_each_field_that_changed_with_what_it_was_and_what_it_is(before: Any, now: Any, expected: Any) -> None:
    assert [(one.field, one.ours, one.remote) for one in changed(before, now, keyed={})] == expected


def test_objects_with_a_key_are_compared_with_themselves_wherever_they_stand() -> None:
    before = {"contactpersonen": PEOPLE}
    now = {"contactpersonen": [{**PEOPLE[1], "email1": "c"}, {**PEOPLE[0], "id": "1"}, {"naam": "Cas"}]}
    assert list(changed(before, now, keyed=KEYED)) == [
        Difference("contactpersonen[1].email1", "c", "bo@example.nl"),
        Difference("contactpersonen[2]", {"naam": "Cas"}, None),
    ]
    assert list(changed({"contactpersonen": [{"naam": "Cas"}]}, {"contactpersonen": [PEOPLE[0]]}, keyed=KEYED)) == [
        Difference("contactpersonen[0]", None, {"naam": "Cas"}),
        Difference("contactpersonen[0]", PEOPLE[0], None),
    ]


def test_what_is_ignored_is_ignored_inside_lists_too_and_nothing_else_is() -> None:
    before, now = {"p": [{"id": 1, "at": 1, "x": 1}]}, {"p": [{"id": 1, "at": 2, "x": 2}]}
    assert list(changed(before, now, keyed={"p": "id"}, ignore={"at"})) == [Difference("p[0].x", 2, 1)]


def test_the_nearest_object_of_a_list_tells_what_is_missing_of_ours() -> None:
    record = {"p": [{"x": 1, "y": 1, "z": 9}, {"x": 5, "y": 2, "z": 3}, {"x": 8, "y": 8, "z": 8}]}
    assert told(record, {"p": [{"x": 1, "y": 2, "z": 3}]}) == [("p[0].x", 5, 1)]
    assert told(record, {"p": [{"x": 1, "y": 1, "z": 9}, {"x": 8, "y": 8, "z": 7}]}) == [("p[1].z", 8, 7)]
    assert told(record, {"p": [{"x": 1, "more": 2}]}, shown=True) == []
    assert told({"p": ({"x": 1},)}, {"p": [{"x": 2}]}) == [("p[0].x", 1, 2)]
    assert told({"p": [{"x": 1}]}, {"p": ()}) == [("p", [{"x": 1}], ())]


def test_a_field_inside_an_object_of_the_record_is_looked_for_one_level_down_and_not_below() -> None:
    record = {"naam": "out", "Contact": {"naam": "in", "plaats": "Ede"}, "aantal": 3}
    assert (value_of(record, "naam"), value_of(record, "plaats"), value_of(record, "land")) == ("out", "Ede", None)
    assert told({"a": {"a": {"deep": 1}}}, {"deep": 1}) == [("deep", None, 1)]
    assert told(record, {"plaats": "Epe", "land": "NL"}, shown=True) == [("plaats", "Ede", "Epe")]
    assert told({"a": {"b": {"c": 1}}}, {"a": {"c": 1}}) == [("a.c", None, 1)]
    assert without(record, "naam") == {"Contact": {"naam": None, "plaats": "Ede"}, "aantal": 3}


def test_one_value_is_compared_like_a_field_of_its_path() -> None:
    spelling = Spelling({"o.naam": {CASE}})
    assert list(differences_of({"naam": "BO"}, {"naam": "bo"}, "o", spelling)) == []
    found = [Difference("o.land", None, "NL")]
    assert list(differences_of({"naam": "BO"}, {"naam": "bo", "land": "NL"}, "o", spelling)) == found


@pytest.mark.parametrize(
    ("one", "other", "equal"), [(1, 1, True), (1, 1.0, False), (1, True, False), ("a", "b", False), (None, None, True)]
)
def test_values_are_equal_as_they_stand_where_they_are_of_one_kind(one: Any, other: Any, equal: bool) -> None:
    assert is_equal(one, other) is equal


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


def test_an_object_without_a_key_is_not_paired_with_one_that_has_its_own() -> None:
    before = {"p": [{"naam": "Cas"}, {"id": 7, "naam": "Cas"}]}
    now = {"p": [{"id": 7, "naam": "Cas"}, {"naam": "Cas"}]}
    assert list(changed(before, now, keyed={"p": "id"}, ignore={"id"})) == []


def test_a_spelling_is_no_change() -> None:
    before, now = {"naam": "Groep", "duur": "PT1H"}, {"naam": "GROEP", "duur": "PT60M"}
    assert list(changed(before, now, keyed={}, spelling=Spelling({"naam": {CASE}}))) == []


def test_a_spelling_that_is_learnt_inside_a_list_is_no_change_of_an_object_without_a_key() -> None:
    before, now = {"p": [{"naam": "Bo"}]}, {"p": [{"naam": "Al"}, {"naam": "BO"}]}
    found = changed(before, now, keyed={"p": "id"}, spelling=Spelling({"p.naam": {CASE}}))
    assert list(found) == [Difference("p[0]", {"naam": "Al"}, None)]
