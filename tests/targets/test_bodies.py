"""The models of bodies, made of the fields that a system declares."""

from __future__ import annotations

from typing import Literal

import pytest

from etl.systems.declare import Boolean, Field, Integer, Number, Problem, Text
from etl.systems.shared.body import body_of, validated

FIELDS = {
    "id": Field(Integer(), "source_id"),
    "naam": Field(Text(), "name", writable=True),
    "soort": Field(Text(), "kind", writable=True),
    "prijs": Field(Number(), "sales_price", writable=True),
    "actief": Field(Boolean(), "active", writable=True),
}
COLUMNS = {"naam": "name", "soort": "kind", "prijs": "sales_price", "actief": "active"}
Thing = body_of("Thing", FIELDS, {"soort": Literal["a", "b"]}, required=("naam",))


def test_a_body_holds_the_writable_fields_in_the_types_of_their_wire() -> None:
    given = {"id": 7, "naam": "Markt", "soort": "b", "prijs": "12.50", "actief": "true"}
    body = validated(Thing, given, COLUMNS)
    assert not isinstance(body, list)
    assert body.wire() == {"naam": "Markt", "soort": "b", "prijs": 12.5, "actief": True}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, Problem("name", "This is required, and missing.")),
        ({"naam": ""}, Problem("name", "This is required, and missing.")),
        ({"naam": "x", "soort": "c"}, Problem("kind", "This must be 'a' or 'b'.")),
        ({"naam": "x", "prijs": "veel"}, Problem("sales_price", "This is not a number.")),
    ],
)
def test_what_does_not_fit_is_told_by_the_rows_column(given: dict[str, str], problem: Problem) -> None:
    assert validated(Thing, given, COLUMNS) == [problem]


def test_a_type_for_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(ValueError, match="Thing has no writable field id"):
        body_of("Thing", FIELDS, {"id": int})
