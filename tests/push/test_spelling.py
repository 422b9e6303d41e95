"""A value that a target only spells otherwise is no difference; any other value is one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.push.diff.spelling import CASE, DIGITS, DROPPED, MARKS, Spelling
from etl.state.entries import Form, FormKind
from etl.state.ledger_file import LedgerPaths, open_ledger

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def cut(length: int) -> Form:
    return Form(FormKind.CUT, length)


@pytest.mark.parametrize(
    ("path", "remote", "ours"),
    [
        ("naam", " Jan  de Boer ", "Jan de Boer"),
        ("naam", "Jansen &amp; Zn", "Jansen & Zn"),
        ("naam", "d&#39;Artagnan", "d'Artagnan"),
        ("naam", None, ""),
        ("naam", "  ", None),
        ("inkoop", "7.50", 7.5),
        ("inkoop", "7,5", 7.5),
        ("inkoop", 7.5, "7.50"),
        ("aantal", 1, 1.0),
        ("mag_api", "true", True),
        ("mag_api", 0, False),
        ("mag_api", None, False),
        ("duur", "PT1H00M00S", "PT1H"),
        ("duur", "PT60M", "PT1H"),
        ("duur", "P1DT0H", "PT24H"),
        ("created", "2026-01-02 10:00:00", "2026-01-02T10:00"),
        ("phone_numbers[0].phone_number", "06-12345678", "+31612345678"),
        ("contactpersonen[1].telefoon2", "0031 6 12345678", "06 12345678"),
        ("phone", "+31 (0)20 123 45 67", "+31201234567"),
        ("Standaardbijlagen", [], None),
    ],
)
def test_what_is_safe_anywhere(path: str, remote: Any, ours: Any) -> None:
    assert Spelling().equal(path, remote, ours)


@pytest.mark.parametrize(
    ("path", "remote", "ours"),
    [
        ("client_reference", "123", "0123"),
        ("client_reference", "1e2", "100"),
        ("coc_number", "12345678", "012345678"),
        ("postcode", "1337", "01337"),
        ("vat_number", "+123", "123"),
        ("client_code", "7.50", "7.5"),
        ("naam", "JANSEN", "Jansen"),
        ("naam", "", "Jansen"),
        ("duur", "PT1H", "PT2H"),
        ("duur", "P1M", "P30D"),
        ("inkoop", "1,000", 1),
        ("inkoop", "NaN", 1),
        ("inkoop", None, 1),
        ("inkoop", "1e999999999", 1),
        ("mag_api", "x", False),
        ("mag_api", False, "x"),
        ("mag_api", True, None),
        ("phone", "+31201234568", "+31201234567"),
        ("phone", "112", "0112345678"),
        ("x", {"a": 1}, "a"),
    ],
)
def test_what_is_another_value(path: str, remote: Any, ours: Any) -> None:
    assert not Spelling().equal(path, remote, ours)


@pytest.mark.parametrize(
    ("ours", "shown", "forms", "then", "now"),
    [
        ("Jansen", "JANSEN", {CASE}, "Bakker", "BAKKER"),
        ("1337 XD", "1337XD", {MARKS}, "1000 AA", "1000AA"),
        ("NL8556.30", "NL855630", {MARKS}, "NL-9.1", "NL91"),
        ("ab-12", "AB12", {CASE, MARKS}, "cd-13", "CD13"),
        ("NL85.63", "8563", {DIGITS}, "NL11.1", "111"),
        ("a" * 50, "a" * 40, {cut(40)}, "b" * 60, "b" * 40),
        ("a" * 50, "A" * 40, {CASE, cut(40)}, "b" * 60, "B" * 40),
        ("Jansen", "", {DROPPED}, "Bakker", None),
        (12, None, {DROPPED}, 13, ""),
    ],
)
def test_a_form_is_learnt_from_an_answer_and_holds_for_others(
    ours: Any, shown: Any, forms: set[Form], then: Any, now: Any, tmp_path: Path
) -> None:
    spelling = Spelling()
    assert not spelling.equal("contactpersonen[0].naam", now, then)
    assert spelling.learn("contactpersonen[3].naam", ours, shown) == forms
    assert spelling.equal("contactpersonen[0].naam", now, then)
    assert spelling.equal("contactpersonen[0].naam", then, then)
    assert not spelling.equal("contactpersonen[0].plaats", now, then)
    with open_ledger(LedgerPaths(tmp_path, tmp_path / "seals"), "there", now=NOW) as ledger:
        for path, learnt in spelling.learnt.items():
            for form in learnt:
                ledger.learn_spelling(path, form)
        kept = Spelling(ledger.spellings())
    assert kept.learnt == spelling.learnt
    assert kept.equal("contactpersonen[0].naam", now, then)


@pytest.mark.parametrize(
    ("ours", "shown"),
    [
        ("Jansen", "Bakker"),
        (7, 8),
        ("Jansen", 7),
        ("PT1H", "PT2H"),
        ("Jansen", "ansen"),
        ("1337 XD", "1337AB"),
        (True, False),
    ],
)
def test_another_value_teaches_nothing(ours: Any, shown: Any) -> None:
    spelling = Spelling()
    assert spelling.learn("naam", ours, shown) is None
    assert spelling.learnt == {}


def test_what_is_equal_anyway_teaches_nothing() -> None:
    spelling = Spelling()
    assert spelling.learn("duur", "PT1H", "PT60M") == set()
    assert spelling.learnt == {}


def test_what_was_learnt_of_one_value_does_not_pass_another() -> None:
    spelling = Spelling({"naam": [CASE, cut(10)], "postcode": [MARKS], "btw": [DIGITS]})
    assert not spelling.equal("naam", "Bakker", "Jansen")
    assert not spelling.equal("naam", "Jan", "Jansen"), "it cuts at ten"
    assert not spelling.equal("naam", "Jansen-Bak", "Jansen-de Boer")
    assert spelling.equal("naam", "JANSEN-DE", "Jansen-de Boer"), "the tenth is a blank"
    assert not spelling.equal("naam", "JANSEN-DE", "Jansen-deBoer")
    assert spelling.equal("naam", "JANSEN-DEB", "Jansen-deBoer")
    assert not spelling.equal("postcode", "1337AB", "1337 XD")
    assert not spelling.equal("btw", "NL12", "NL13")
    assert not spelling.equal("naam", "", "Jansen"), "it is not dropped"


def test_one_field_is_cut_at_one_place() -> None:
    spelling = Spelling({"naam": {cut(40)}})
    assert spelling.learn("naam", "a" * 50, "a" * 12) is None, "somebody shortened it"
    assert spelling.learn("naam", "a" * 39 + " b", "a" * 39) == {cut(40)}, "a blank at the end is not shown"
    assert spelling.learnt == {"naam": {cut(40)}}


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just("PT1H"), st.lists(st.text())
)


@given(VALUES, VALUES)
def test_nothing_raises_and_whatever_is_learnt_then_is_equal(ours: Any, shown: Any) -> None:
    spelling = Spelling()
    assert spelling.equal("a", ours, ours) or ours != ours
    learnt = spelling.learn("a", ours, shown)
    assert (learnt is not None) == spelling.equal("a", shown, ours)
