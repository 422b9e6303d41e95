"""Options whose words are checked before anything is done: near misses are told with the right word."""

from __future__ import annotations

import pytest

from etl.errors import UsageError
from etl.push.error_limit import StopAfter, stop_after
from tests.support.workplace import BIKES, PARK, Project

WORDS = [
    (["--mode", "upsret"], "upsert"),
    (["--match", "e-mail"], "email"),
    (["--reference", "derive"], "derived"),
    (["--on-conflict", "their"], "theirs"),
    (["--proof", "reed"], "read"),
]


@pytest.mark.parametrize("command", [["push", "klanten.csv"], ["plan", "push", "klanten.csv"], ["migrate", "bikes"]])
@pytest.mark.parametrize(("given", "meant"), WORDS)
def test_a_word_that_is_none_is_told_with_the_nearest(
    given: list[str], meant: str, command: list[str], project: Project
) -> None:
    ran = project.configure(BIKES + PARK, "http://127.0.0.1:9").cli(*command, "--to", "park.klanten", *given)
    assert ran.code == 64
    assert f"Did you mean {meant}?" in ran.err


def test_a_kind_that_is_none_is_told_with_the_nearest(project: Project) -> None:
    project.configure(BIKES + PARK, "http://127.0.0.1:9")
    ran = project.cli("migrate", "bikes", "--to", "park.klanten", "--kind", "custommer")
    assert (ran.code, project.out.exists()) == (64, False)
    assert "'supplier', 'staff', 'other', 'all'. Did you mean customer?" in ran.err


@pytest.mark.parametrize("command", [["push", "klanten.csv"], ["migrate", "bikes"]])
@pytest.mark.parametrize("given", ["many", "0", "0%", "101%", "-1", "5 percent", ""])
def test_what_is_neither_a_number_nor_a_share_is_no_limit(given: str, command: list[str], project: Project) -> None:
    project.configure(BIKES + PARK, "http://127.0.0.1:9")
    ran = project.cli(*command, "--to", "park.klanten", "--yes", f"--stop-after-errors={given}")
    assert ran.code == 64
    assert "--stop-after-errors" in ran.err and "such as 5%" in ran.err


def test_a_run_stops_after_a_number_or_a_share_of_rows() -> None:
    assert stop_after(None) is None
    assert stop_after("25") == StopAfter(rows=25)
    assert stop_after(" 12.5 % ") == StopAfter(share=0.125)
    number, share = StopAfter(rows=3), StopAfter(share=0.05)
    assert [number.reached(failed, 1000) for failed in (2, 3)] == [False, True]
    assert [share.reached(failed, 100) for failed in (4, 5)] == [False, True]
    assert not share.reached(5, 10)  # of so few rows a share says nothing yet
    with pytest.raises(UsageError):
        stop_after("1e3")
