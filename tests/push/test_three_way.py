"""What an update changes of a record that two sides write in: nothing of theirs is lost, and no conflict is hidden."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.push.diff.spelling import CASE, Spelling
from etl.push.diff.three_way import Conflict, Merged, changes_of, three_way
from etl.state.redaction import hashed_values
from etl.systems.declare import Record
from etl.systems.targets import target_of

TARGET = replace(target_of("recras", "contacten"), keyed={"p": "id", "q": "id"}, additive=frozenset({"p"}))
SALT = "0123456789abcdef"


def merged(ours: Record, theirs: Record, base: Record | None, former: Record | None = None, **more: Any) -> Merged:
    return three_way(
        TARGET, ours, theirs, base, more.pop("spelling", Spelling()), more.pop("on", "ours"), former, **more
    )


def hashed(record: Record) -> dict[str, Any]:
    return hashed_values(record, SALT)


# -- what a row changes ---------------------------------------------------------------------------------


def test_a_row_that_is_not_known_changes_everything() -> None:
    draft = {"a": 1, "b": None}
    found = changes_of(None, draft)
    assert found == draft and found is not draft


@pytest.mark.parametrize("before", [{"a": 1, "b": "x", "gone": 2}, hashed({"a": 1, "b": "x"})], ids=["kept", "hashed"])
def test_a_row_changes_what_it_did_not_say_before(before: Record) -> None:
    assert changes_of(before, {"a": 1, "b": "y", "c": "z"}) == {"b": "y", "c": "z"}
    assert changes_of(before, {"a": 1, "b": "x"}) == {}


def test_of_a_list_that_is_added_to_only_what_is_new_or_changed_is_a_change() -> None:
    before = {"p": [{"id": 1, "n": "a"}, {"id": 2, "n": "b"}]}
    now = {"p": [{"id": 2, "n": "c"}, {"id": 1, "n": "a"}, {"id": 3, "n": "d"}]}
    assert changes_of(before, now, {"p"}) == {"p": [{"id": 2, "n": "c"}, {"id": 3, "n": "d"}]}
    assert changes_of(hashed(before), now, {"p"}) == {"p": [{"id": 2, "n": "c"}, {"id": 3, "n": "d"}]}
    assert changes_of(before, now) == now
    assert changes_of(before, {"p": before["p"][:1]}, {"p"}) == {}
    assert changes_of({}, now, {"p"}) == now
    assert changes_of({"p": ["x"]}, now, {"p"}) == now
    assert changes_of(before, {"p": ["x", "y"]}, {"p"}) == {"p": ["x", "y"]}
    assert changes_of({"p": "ab"}, {"p": "abc"}, {"p"}) == {"p": "abc"}


def test_a_list_that_is_added_to_is_a_change_beside_others() -> None:
    before, now = {"a": 1, "p": [{"id": 1}]}, {"a": 2, "p": [{"id": 1}, {"id": 2}]}
    assert changes_of(before, now, {"p"}) == {"a": 2, "p": [{"id": 2}]}


# -- three versions of a field --------------------------------------------------------------------------


@pytest.mark.parametrize("on", ["ours", "theirs"])
@pytest.mark.parametrize(
    ("ours", "theirs", "base", "said", "body", "expected"),
    [
        ("b", "a", "a", "a", "b", {"x": "b"}),
        ("a", "b", "a", "a", "b", {}),
        ("b", "b", "a", "a", "b", {}),
        ("b", "a", "a", None, "b", {"x": "b"}),
        ("a", "a", "a", "a", "a", {}),
        ("b", "7.50", 7.5, 7.5, "b", {"x": "b"}),
        (None, "b", None, None, "b", {}),
        (None, "a", "a", "a", None, {"x": None}),
    ],
)
def test_who_alone_changed_a_field_has_it(
    on: Literal["ours", "theirs"], ours: Any, theirs: Any, base: Any, said: Any, body: Any, expected: Any
) -> None:
    former = None if said is None else {"x": said}
    found = merged({"x": ours}, {"x": theirs}, {"x": base}, former, on=on)
    assert found == Merged({"x": body}, expected, [])


@pytest.mark.parametrize(
    ("base", "former", "known"),
    [
        ({"x": "c"}, None, "c"),
        ({"x": "c"}, {"x": "c"}, "c"),
        ({"x": "a"}, {"x": "was"}, "a"),
        (hashed({"x": "c"}), None, hashed({"x": "c"})["x"]),
    ],
)
def test_what_both_changed_is_a_conflict_that_is_told_whoever_wins(
    base: Record, former: Record | None, known: Any
) -> None:
    conflict = Conflict("x", known, "a", "b")
    assert merged({"x": "b"}, {"x": "a"}, base, former) == Merged({"x": "b"}, {"x": "b"}, [conflict])
    assert merged({"x": "b"}, {"x": "a"}, base, former, on="theirs") == Merged({"x": "a"}, {}, [conflict])


def test_a_value_of_theirs_that_was_left_in_the_base_is_one_that_they_changed() -> None:
    found = merged({"x": "said"}, {"x": "theirs"}, {"x": "theirs"}, {"x": "said"})
    assert (found.body, [one.field for one in found.conflicts]) == ({"x": "said"}, ["x"])
    assert merged({"x": "said"}, {"x": "other"}, {"x": "said"}, {"x": "said"}) == Merged({"x": "other"}, {}, [])


def test_without_a_base_the_row_is_believed_unless_the_base_was_lost() -> None:
    sure = Merged({"x": "b"}, {"x": "b"}, [])
    assert merged({"x": "b"}, {"x": "a"}, None) == sure
    assert merged({"x": "b"}, {"x": "a"}, {"other": 1}) == sure
    assert merged({"x": "b"}, {"x": "a"}, None, lost=True).conflicts == [Conflict("x", None, "a", "b")]
    assert merged({"x": "b"}, {"x": ""}, None, lost=True) == sure
    assert merged({"x": "b"}, {}, None, lost=True) == sure
    assert merged({"x": "b"}, {"x": "a"}, None, {"x": "a"}, lost=True) == sure
    assert merged({"x": "b"}, {"x": "a"}, None, {"x": "c"}, lost=True).conflicts == [Conflict("x", None, "a", "b")]
    assert merged({"x": "b"}, {"x": "a"}, None, {"y": "a"}, lost=True).conflicts == [Conflict("x", None, "a", "b")]


def test_a_base_that_was_hashed_still_tells_whether_they_changed_it() -> None:
    kept = hashed({"x": "a"})
    assert merged({"x": "b"}, {"x": "a"}, kept, kept) == Merged({"x": "b"}, {"x": "b"}, [])
    assert merged({"x": "a"}, {"x": "c"}, kept, kept) == Merged({"x": "c"}, {}, [])
    assert merged({"x": "b"}, {"x": "c"}, kept, kept).conflicts[0].theirs == "c"
    assert merged({"x": "b"}, {"x": "a"}, {"x": "a"}, hashed({"x": "other"})) == Merged({"x": "b"}, {"x": "b"}, [])


def test_a_conflict_shows_a_base_that_was_hashed_as_it_is_where_they_still_have_it() -> None:
    found = merged({"x": "b"}, {"x": "theirs"}, hashed({"x": "theirs"}), {"x": None})
    assert found.conflicts == [Conflict("x", "theirs", "theirs", "b")]
    assert merged({"x": "b"}, {"x": False}, hashed({"x": False}), {"x": None}).conflicts == []


def test_how_a_target_spells_a_field_is_no_change_of_theirs_and_none_to_expect() -> None:
    spelling = Spelling({"x": {CASE}, "o.y": {CASE}})
    assert merged({"x": "B"}, {"x": "A"}, {"x": "a"}, spelling=spelling) == Merged({"x": "B"}, {"x": "B"}, [])
    assert merged({"x": "b"}, {"x": "B"}, {"x": "a"}, spelling=spelling) == Merged({"x": "b"}, {}, [])
    assert merged({"x": "a"}, {"x": "c"}, {"x": "A"}, spelling=spelling) == Merged({"x": "c"}, {}, [])
    assert merged({"o": {"y": "b"}}, {"o": {"y": "A"}}, {"o": {"y": "a"}}, spelling=spelling).conflicts == []
    assert merged({"z": "b"}, {"z": "A"}, {"z": "a"}, spelling=spelling).conflicts == [Conflict("z", "a", "A", "b")]


def test_a_value_that_says_more_than_another_is_another_in_both_directions() -> None:
    assert merged({"o": {"y": 1}}, {"o": {"y": 1, "z": 2}}, {"o": {"y": 9}}).conflicts != []
    assert merged({"o": {"y": 1, "z": 2}}, {"o": {"y": 1}}, {"o": {"y": 9}}).conflicts != []
    assert merged({"o": 5}, {"o": {"y": 1, "z": 2}}, {"o": {"y": 1}}).conflicts != []


# -- lists that are added to ----------------------------------------------------------------------------


def test_the_objects_of_a_list_are_merged_field_by_field_with_the_one_of_the_same_key() -> None:
    base = {"p": [{"id": 1, "n": "a", "m": "x"}, {"id": 2, "n": "b", "m": "y"}]}
    theirs = {"p": [{"id": "2", "n": "b", "m": "theirs"}, {"id": 1, "n": "a", "m": "x"}, {"id": 5, "n": "new"}]}
    ours = {"p": [{"id": 1, "n": "ours", "m": "x"}, {"id": 2, "n": "b", "m": "y"}, {"n": "added"}]}
    found = merged(ours, theirs, base, {"p": [{"n": "a", "m": "x"}, {"n": "b", "m": "y"}]})
    assert found.body == {"p": [{"id": 1, "n": "ours", "m": "x"}, {"id": 2, "n": "b", "m": "theirs"}, {"n": "added"}]}
    assert found.conflicts == []
    assert found.expected == found.body


def test_a_conflict_inside_an_object_names_its_field() -> None:
    rows = ({"p": [{"id": 1, "n": value}]} for value in ("ours", "theirs", "base"))
    ours, theirs, base = rows
    found = merged(ours, theirs, base, on="theirs")
    assert found == Merged({"p": [{"id": 1, "n": "theirs"}]}, {}, [Conflict("p.n", "base", "theirs", "ours")])


def test_an_object_whose_row_names_no_id_is_known_by_what_it_has_in_common() -> None:
    base = {"p": [{"id": 1, "n": "a", "m": "left"}, {"id": 2, "n": "b", "m": "y"}]}
    theirs = base
    ours = {"p": [{"id": 1, "n": "a", "m": "said"}, {"id": 2, "n": "b", "m": "z"}]}
    former = {"p": [{"n": "b", "m": "y", "main": True}, {"n": "a", "m": "said", "main": True}]}
    found = merged(ours, theirs, base, former)
    assert [(one.field, one.theirs, one.ours) for one in found.conflicts] == [("p.m", "left", "said")]
    nothing_alike = {"p": [{"n": "q", "m": "q"}]}
    assert merged(ours, theirs, base, nothing_alike).conflicts == []


def test_an_object_whose_row_names_its_id_is_that_one_however_much_another_has_in_common() -> None:
    base = {"p": [{"id": 1, "n": "a", "m": "left"}]}
    former = {"p": [{"id": 2, "n": "a", "m": "left"}, {"id": 1, "n": "z", "m": "said"}]}
    found = merged({"p": [{"id": 1, "n": "a", "m": "said"}]}, base, base, former)
    assert found.conflicts == [Conflict("p.m", "left", "left", "said")]


@pytest.mark.parametrize("former", [{"p": []}, {"p": "text"}, {"p": [{"n": "q", "m": "q", "main": True}]}])
def test_a_row_that_has_nothing_in_common_with_an_object_says_nothing_about_it(former: Record) -> None:
    base = {"p": [{"id": 1, "n": "a", "m": "left", "main": True}]}
    ours = {"p": [{"id": 1, "n": "a", "m": "said", "main": True}]}
    assert merged(ours, base, base, former) == Merged(ours, ours, [])


def test_a_spelling_that_is_learnt_inside_a_list_is_no_change_of_theirs() -> None:
    ours, theirs, base = ({"p": [{"id": 1, "n": value}]} for value in ("b", "A", "a"))
    assert merged(ours, theirs, base, spelling=Spelling({"p.n": {CASE}})).conflicts == []
    assert merged(ours, theirs, base).conflicts == [Conflict("p.n", "a", "A", "b")]


def test_an_object_that_is_no_longer_there_or_has_no_key_goes_as_we_say_it() -> None:
    ours = {"p": [{"id": 3, "n": "c"}, {"n": "d"}]}
    found = merged(ours, {"p": [{"id": 1, "n": "a"}, {"n": "e"}]}, {"p": [{"id": 3, "n": "old"}]})
    assert (found.body, found.conflicts) == (ours, [])
    assert merged(ours, {"p": None}, None).body == ours


@pytest.mark.parametrize(("theirs", "ours"), [(1, "1"), ("1", 1), ("1", "1")])
def test_an_id_is_the_same_as_text_and_as_a_number(theirs: Any, ours: Any) -> None:
    base = {"p": [{"id": theirs, "n": "a", "m": "x"}]}
    now = {"p": [{"id": 2, "n": "b", "m": "y"}, {"id": theirs, "n": "a", "m": "theirs"}]}
    found = merged({"p": [{"id": ours, "n": "ours", "m": "x"}]}, now, base)
    assert [(one["n"], one["m"]) for one in found.body["p"]] == [("ours", "theirs")]


def test_of_an_object_that_the_base_lacks_the_row_is_believed() -> None:
    ours, theirs = ({"p": [{"id": 1, "n": value}]} for value in ("ours", "theirs"))
    assert merged(ours, theirs, {"p": []}, {"p": [{"n": "ours"}]}) == Merged(ours, ours, [])


def test_a_list_whose_base_is_one_hash_is_no_list_without_a_base() -> None:
    ours, theirs = ({"p": [{"id": 1, "n": value}]} for value in ("ours", "theirs"))
    kept = hashed({"p": ["anything"]})
    assert merged(ours, theirs, kept).conflicts == [Conflict("p", kept["p"], theirs["p"], ours["p"])]


@pytest.mark.parametrize("id_", [1, "1"])
def test_the_ids_of_objects_may_be_hashed(id_: Any) -> None:
    base = hashed({"p": [{"id": id_, "n": "a", "m": "x"}]})
    theirs = {"p": [{"id": 1, "n": "a", "m": "theirs"}]}
    found = merged({"p": [{"id": 1, "n": "ours", "m": "x"}]}, theirs, base)
    assert (found.body, found.conflicts) == ({"p": [{"id": 1, "n": "ours", "m": "theirs"}]}, [])


def test_a_list_that_is_not_added_to_is_one_value() -> None:
    ours, theirs, base = ({"q": [{"id": 1, "n": value}]} for value in ("ours", "theirs", "base"))
    assert merged(ours, theirs, base).conflicts == [Conflict("q", base["q"], theirs["q"], ours["q"])]


# -- whatever the three say -----------------------------------------------------------------------------

VALUES = st.sampled_from(["a", "b", "c", "", None, 7])
RECORDS = st.fixed_dictionaries({"x": VALUES, "y": VALUES})


@given(RECORDS, RECORDS, st.none() | RECORDS, st.none() | RECORDS, st.sampled_from(["ours", "theirs"]), st.booleans())
def test_every_field_is_ours_or_theirs_and_a_loss_of_theirs_is_told(
    ours: Record, theirs: Record, base: Record | None, former: Record | None, on: str, lost: bool
) -> None:
    found = merged(ours, theirs, base, former, on=on, lost=lost)
    told = {one.field for one in found.conflicts}
    for name, value in found.body.items():
        assert value in (ours[name], theirs[name])
        if base is not None and base[name] != theirs[name] and (base[name] or theirs[name]):
            assert value == theirs[name] or name in told or not (value or theirs[name])
        if on == "theirs" and name in told:
            assert value == theirs[name]
    assert found.expected.keys() <= {name for name in found.body if found.body[name] != theirs[name]}
