"""A difference names the field, what it was and what it is to be; how nothing is spelt makes none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.differences import differences


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": 2}, {"a": 1}, []),
        ({"a": None}, {"a": ""}, []),
        ({}, {"a": []}, []),
        ({"a": "0.00"}, {"a": 0}, []),
        ({"a": 12.5}, {"a": "12.50"}, []),
        ({"a": "x"}, {"a": 0}, [("a", "x", 0)]),
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({"a": "x"}, {"a": "X"}, [("a", "x", "X")]),
        ({}, {"a": "x"}, [("a", None, "x")]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, [("a.b", 1, 3)]),
        ({"a": ["x"]}, {"a": ["y"]}, [("a", ["x"], ["y"])]),
        ({"p": [{"x": 1}, {"x": 2}]}, {"p": [{"x": 1}, {"x": 3}]}, [("p[1].x", 2, 3)]),
        ({"p": [{"x": 1}]}, {"p": []}, [("p[0]", {"x": 1}, None)]),
        ({"p": []}, {"p": [{"x": 1}]}, [("p[0]", None, {"x": 1})]),
    ],
)
def test_differences_of_fields(before: dict[str, Any], after: dict[str, Any], expected: list[Any]) -> None:
    assert differences(before, after) == expected


def test_a_field_that_reading_back_does_not_show_is_no_difference_unless_it_is_shown() -> None:
    assert differences({}, {"landcode": "NL", "naam": "A"}, unseen={"landcode"}) == [("naam", None, "A")]
    assert differences({"landcode": "BE"}, {"landcode": "NL"}, unseen={"landcode"}) == [("landcode", "BE", "NL")]


def test_objects_with_an_id_are_compared_with_themselves_wherever_they_stand() -> None:
    before = {"contactpersonen": [{"id": 1, "email1": "a"}, {"id": 2, "email1": "b"}]}
    after = {"contactpersonen": [{"id": 2, "email1": "c"}, {"id": 1, "email1": "a"}, {"email1": "d"}]}
    assert differences(before, after) == [
        ("contactpersonen[0].email1", "b", "c"),
        ("contactpersonen[2]", None, {"email1": "d"}),
    ]
    assert differences(before, {"contactpersonen": [{"id": 1}]}) == [
        ("contactpersonen[1]", {"id": 2, "email1": "b"}, None)
    ]
