"""The hash by which a row is known to say what it said: of what it says, not of how its table is cut."""

from __future__ import annotations

from typing import Any

import pytest

from etl.push.prepare.draft import row_hash
from etl.systems.declare import Row


def row(values: dict[str, Any], **children: list[dict[str, Any]]) -> Row:
    return Row(values=values, children=children)


def test_a_column_with_nothing_in_it_says_as_much_as_none() -> None:
    assert row_hash(row({"city": "Utrecht", "email": None})) == row_hash(row({"city": "Utrecht"}))


def test_a_child_row_is_told_by_what_stands_in_it() -> None:
    one = row({"city": "Utrecht"}, phone_numbers=[{"raw": "020-123", "e164": None}])
    other = row({"city": "Utrecht"}, phone_numbers=[{"raw": "020-123"}])
    assert row_hash(one) == row_hash(other)


@pytest.mark.parametrize("changed", [{"city": ""}, {"city": "Zeist"}, {"name": "Utrecht"}, {}])
def test_whatever_it_says_otherwise_is_another_row(changed: dict[str, Any]) -> None:
    assert row_hash(row(changed)) != row_hash(row({"city": "Utrecht"}))
