"""Whatever stands in the cells, a draft or problems come of it, and a body can be sent as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from etl import records
from etl.systems.declare import Draft, Drafting, Problem, Row, Target
from etl.systems.shared.emptying import emptied
from tests.targets.rows import every_target

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(max_size=20),
    st.text(alphabet=st.characters(), max_size=5),
    st.lists(st.one_of(st.none(), st.text(max_size=5)), max_size=3),
    st.sampled_from(
        [
            datetime(2026, 1, 1, tzinfo=UTC), Decimal("NaN"), Decimal("-Infinity"), Decimal("1E+500"), b"bytes", "NL",
            "+31612345678", '{"a": 1}', "[1, 2]", "[" * 2000, '{"loyalty": NaN}', '{"loyalty": "\\ud800"}', "customer",
            "9" * 5000, 10**5000, "true", '[{"name": "x", "type": "text", "value": "\\ud800"}]',
            '[{"name": "x", "type": "number", "value": 1}]', ["country.unknown"], "\ud800", "\0",
        ]
    ),
)  # fmt: skip

MAIN = ("contacts", "products")
"""The tables that have the others as children; all of those come along, also those that a target does not take."""


def cells(table: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from([*records.fields(table)]), ODD, max_size=12)


@st.composite
def rows(draw: st.DrawFn, target: Target) -> Row:
    children = {table: draw(st.lists(cells(table), max_size=2)) for table in records.TABLES if table not in MAIN}
    system = draw(st.sampled_from(["", "cyclesoftware", "recras", "invoicing", "woocommerce"]))
    return Row(draw(cells(target.table)), children, system, draw(st.booleans()))


@every_target
@given(st.data())
def test_no_value_stops_a_draft(target: Target, data: st.DataObject) -> None:
    row = data.draw(rows(target))
    drafting = Drafting(
        "R-1", data.draw(st.fixed_dictionaries({}, optional={"payment_term_days": ODD})), data.draw(st.booleans())
    )
    made = target.draft(row, drafting)
    if isinstance(made, list):
        assert made
        assert all(isinstance(problem, Problem) and problem.field and problem.reason for problem in made)
        return
    assert isinstance(made, Draft)
    assert not drafting.partial or (made.filled, made.only_if_blank) == ((), ())
    assert all(target.evidence(made.body).values())
    assert emptied(target, made.body, made.body, [*row.values]).body.keys() >= made.body.keys()
    assert orjson.loads(orjson.dumps(made.body)) == json.loads(json.dumps(made.body))
    assert {*made.dropped} == {f"{table}.{column}" for table, _, column in (one.partition(".") for one in made.dropped)}
    merged = target.merge({}, made)
    assert target.merge(merged, made).keys() == merged.keys(), "merging is done once"
    assert target.natural_key(made.body) is None or target.natural_key(made.body)
    if not target.reference:
        assert target.same(made.body, made.body)


WIRE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.just("1e999999")),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "naam", "telefoon1", "phone_number", "Contact"]), inner, max_size=2)
    ),
    max_leaves=6,
)


@every_target
@given(st.data())
def test_no_record_stops_a_look_at_who_it_is(target: Target, data: st.DataObject) -> None:
    names = [*{path.partition(".")[0] for path in target.columns}, "SubContact", "Contact", "trashed", "is_deleted"]
    record = data.draw(st.dictionaries(st.sampled_from(names), WIRE, max_size=6))
    assert all(target.evidence(record).values())
    assert target.is_removed(record) in (True, False)
    assert target.who(record) == target.who(record)
    assert isinstance(target.whole(record), dict)
