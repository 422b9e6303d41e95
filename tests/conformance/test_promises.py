"""Every promise is tried with every system, against a server that follows from its declaration; a broken one shows."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import replace
from pathlib import Path

import pytest

from etl.conformance import limits, reading
from etl.conformance.checks import Broken, Check, Result, Subject
from etl.conformance.report import score
from etl.conformance.run import conformance, declared, systems_in, trials, tried
from etl.systems import SYSTEMS
from etl.systems.declare import (
    Auth,
    ClientCredentials,
    Daily,
    DateWindows,
    Envelope,
    HeaderKey,
    MovingWindow,
    Paging,
    QueryKey,
    RefreshToken,
    System,
)
from tests.support.paged import PAGES, WINDOWS
from tests.support.plain import DECLARED, beside
from tests.support.plugins import CRM
from tests.support.workplace import Project

OF_PAGES = ("reads_all", "resumes", "stands_still", "hollow", "counts_rows")
WAYS: dict[str, Auth] = {
    "header": HeaderKey("X-Key", prefix="Token "),
    "query": QueryKey("key"),
    "client": ClientCredentials("https://id.example.nl/token"),
    "client in the body": ClientCredentials("/oauth/token", client="body"),
    "refresh": RefreshToken("https://id.example.nl/token"),
    "refresh for good": RefreshToken("/oauth/token", rotates=False),
}


def system_of(text: str, folder: Path) -> System:
    """The system of a declaration, as it is loaded."""
    file = folder / "my_api.py"
    file.write_text(text, "utf-8")
    (system,) = systems_in(file)
    return system


def hub(tmp_path: Path, paging: Paging | None = None) -> System:
    system = system_of(DECLARED["hub"], tmp_path)
    if paging is None:
        return system
    (stream,) = system.streams
    return declared(replace(system, streams=(replace(stream, paging=paging, envelope=Envelope("results")),)), "a test")


def results(system: System, *names: str) -> dict[str, Result]:
    """What comes of these promises, by the stream and the name."""
    of = [(check, subject) for check, subject in trials(system) if check.name in names]
    return {f"{subject.name} {check.name}".strip(): tried(check, subject) for check, subject in of}


def broken(found: dict[str, Result]) -> dict[str, str]:
    return {name: one.reason for name, one in found.items() if one.outcome == "broken"}


@pytest.mark.parametrize("name", [*SYSTEMS])
def test_a_built_in_system_holds_every_promise(name: str, project: Project) -> None:
    ran = project.cli("conformance", name, "--json", env={"XDG_STATE_HOME": str(project.folder / "mine")})
    told = ran.summary
    assert ([one for one in told["checks"] if one["outcome"] == "broken"], ran.code) == ([], 0), ran.err
    assert told["score"]["held"] == told["score"]["of"] > 20
    assert (told["system"], told["status"], told["simulator"]["streams"]) == (
        name, "complete", "derived from the declaration",
    )  # fmt: skip
    assert [*project.folder.iterdir()] == [], "nothing is left, and nothing of the user's is touched"


@pytest.mark.parametrize("name", ["club", "finder", "office"])
def test_a_system_of_plain_fields_holds_every_promise(name: str, tmp_path: Path) -> None:
    found = conformance(system_of(DECLARED[name], tmp_path))
    assert [(one.of, one.name, one.reason) for one in found if one.outcome == "broken"] == []
    held, of = score(found)
    assert held == of >= 12


def test_a_list_for_each_record_of_another_is_told_not_to_be_tried(tmp_path: Path) -> None:
    found = conformance(system_of(DECLARED["firms"], tmp_path))
    assert [(one.of, one.name, one.reason) for one in found if one.outcome == "broken"] == []
    told = {one.reason for one in found if one.of == "people"}
    assert told == {"it is asked for once for each record of firms, which is not imitated"}


@pytest.mark.parametrize("way", [*PAGES, "windows"])
def test_a_list_in_pages_of_any_way_holds_the_promises_of_pages(way: str, tmp_path: Path) -> None:
    paging = PAGES.get(way) or WINDOWS
    found = results(hub(tmp_path, paging), *OF_PAGES)
    assert broken(found) == {}
    held = {name.split()[1] for name, one in found.items() if one.outcome == "held"}
    assert held >= {"reads_all", "resumes"}
    assert ("stands_still" in held) is (not isinstance(paging, DateWindows))
    assert ("counts_rows" in held) is (getattr(paging, "rows", None) is not None)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_taking_credentials_holds_the_promises_about_them(way: str, tmp_path: Path) -> None:
    system = declared(replace(hub(tmp_path), auth=(WAYS[way],)), "a test")
    found = results(system, *(check.name for check in limits.CHECKS))
    assert {name: one.outcome for name, one in found.items()} == dict.fromkeys(
        ("keeps_limits", "refuses_credentials", "hides_the_key"), "held"
    ), broken(found)


def test_limits_of_every_kind_are_kept(tmp_path: Path) -> None:
    system = hub(tmp_path)
    (stream,) = system.streams
    many = (
        MovingWindow(7, seconds=1),
        MovingWindow(100, seconds=300),
        MovingWindow(50, seconds=60, endpoint=stream.path),
        Daily(5000),
    )
    weighty = replace(system, limits=many, at_once=2, streams=(replace(stream, weight=2),))
    found = results(declared(weighty, "a test"), "keeps_limits")
    assert {one.outcome for one in found.values()} == {"held"}, broken(found)


def test_a_call_may_have_a_query_in_its_path(tmp_path: Path) -> None:
    call = 'delete=Call("DELETE", "/people/{id}?force=true"), create'
    found = results(system_of(OFFICE.replace("create=", f"{call}="), tmp_path), "deletes")
    assert {name: one.outcome for name, one in found.items()} == {"to people deletes": "held"}, broken(found)


def test_a_trial_leaves_the_registry_and_the_logs_as_they_were(tmp_path: Path) -> None:
    log, system = logging.getLogger("etl"), SYSTEMS["recras"]
    before = (log.handlers, log.level, log.propagate, os.environ.get("XDG_STATE_HOME"), dict(SYSTEMS.loaded))
    results(replace(system, title="Another"), "refuses_credentials")
    results(hub(tmp_path), "refuses_credentials")
    assert (log.handlers, log.level, log.propagate, os.environ.get("XDG_STATE_HOME"), SYSTEMS.loaded) == before


HEAD = 'from etl.systems.declare import Refusal\n\nBUSY = Refusal("throttled", "later")\n'
OFFICE, HUB = DECLARED["office"], DECLARED["hub"]
PUT = OFFICE.replace('Call("PATCH"', 'Call("PUT"')
WITHOUT = {
    "ids that are cut are no ids": (HUB, 'Field(Text(), "source_id")',
        'Field(Text(), "source_id", read=lambda id: id.str.slice(0, 3))', "people reads_all"),
    "a field that never fills its column": (HUB, 'Field(Text(), "email")',
        'Field(Text(), "email", read=lambda email: email.str.slice(99).replace({"": None}))', "people fills"),
    "a refusal of the key that is taken for a busy server": (HUB, '"A hub of people",',
        '"A hub of people", refusal=lambda body: BUSY if "message" in body else None,', "refuses_credentials"),
    "a target that never knows its record again": (OFFICE, '"people", "people", create',
        '"people", "people", same=lambda remote, body: False, create', "to people loses_create"),
    "a target that takes any record for its own": (OFFICE, '"people", "people", create',
        '"people", "people", same=lambda remote, body: True, who=lambda body: (), create', "to people never_arrives"),
    "a change that leaves out what stands there": (PUT, '"people", "people", create',
        '"people", "people", merge=lambda remote, draft: draft.body, create', "to people keeps_edits"),
    "a change of which nothing is sent": (OFFICE, '"people", "people", create',
        '"people", "people", merge=lambda remote, draft: {}, create', "to people updates"),
    "an id of somebody else's record": (OFFICE, '"people", "people", create',
        '"people", "people", created=lambda status, location, body: "1001", create', "to people keeps_others"),
    "a record that is taken for deleted": (OFFICE, '"people", "people", create',
        '"people", "people", delete=Call("DELETE", "/people/{id}"), is_removed=lambda remote: True, create',
        "to people deletes"),
    "a value that is not the row's": (OFFICE, '"reach.email": Field(Text(), "email", writable=True)',
        '"reach.email": Field(Text(), "email", writable=True, write=lambda email: email.upper())', "to people stores"),
    "a value that no schema has": (CRM, "active=pl.lit(True)", "active=pl.lit(None, dtype=pl.Boolean)", "people fits"),
    "a table without the fields that nobody declared": (CRM, "merge(pl.col(UNKNOWN), pl.col(", "merge(pl.col(",
        "people keeps_unknown"),
    "an id that is not read from the answer, and no list to look in": (OFFICE, '"people", "people", create',
        '"people", "people", created=lambda status, location, body: "1001", create', "to people creates"),
    "a body without what the row says": (OFFICE, '"people", "people", create',
        '"people", "people", wrap=lambda body: {}, create', "to people creates"),
}  # fmt: skip
"""What is wrong with a declaration, and the promise that shows it."""


@pytest.mark.parametrize("fault", WITHOUT)
def test_a_promise_that_a_declaration_breaks_is_noticed(fault: str, tmp_path: Path) -> None:
    text, old, new, expected = WITHOUT[fault]
    assert old in text
    system = system_of(("" if text == CRM else HEAD) + text.replace(old, new), tmp_path)
    *_, name = expected.split()
    found = results(system, name)
    assert found[expected].outcome == "broken", found
    assert found[expected].reason


def test_a_check_that_fails_unexpectedly_is_told_as_broken(tmp_path: Path) -> None:
    async def fails(of: Subject) -> None:
        raise KeyError("mended by nobody")

    told = tried(Check("fails", "it holds", fails), Subject(hub(tmp_path), ()))
    assert (told.outcome, "mended" in told.reason) == ("broken", False)


def test_a_check_that_does_not_end_is_told_as_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def waits(of: Subject) -> None:
        await asyncio.sleep(9)
        raise Broken("it ended")

    monkeypatch.setattr("etl.conformance.run.LONGEST_S", 0.01)
    told = tried(Check("waits", "it ends", waits), Subject(hub(tmp_path), ()))
    assert (told.outcome, told.reason) == ("broken", "it did not end within 0.01 s")


def test_the_outcome_is_a_score_and_what_is_missing_at_80_columns(project: Project) -> None:
    beside(project, HUB.replace('Field(Text(), "source_id")', WITHOUT["ids that are cut are no ids"][2]), "hub", "x")
    project.configure(project.config.read_text("utf-8").partition("[accounts")[0])
    ran = project.etl("conformance", "hub", env={"COLUMNS": "80", "TERM": "dumb"})
    assert ran.code == 65, ran.err
    assert max(len(line) for line in ran.out.splitlines()) <= 80
    shown = " ".join(ran.out.split())
    assert "every record is read, over" in shown
    assert "does not apply: it has no get" in shown
    assert "broken: " in shown
    held, of = (int(word) for word in ran.err.partition("hub: ")[2].split()[:3:2])
    assert 0 < held < of == 16
    assert "derived from the declaration" in ran.err


def test_a_system_that_nobody_declares_is_wrong_usage(project: Project) -> None:
    ran = project.cli("conformance", "hubb")
    assert (ran.code, "There is no system 'hubb'." in ran.err) == (64, True)


def test_a_declaration_that_cannot_work_is_refused_before_it_is_tried(project: Project) -> None:
    project.folder.joinpath("my_api.py").write_text(HUB.replace('"source_id"', '"email"', 1), "utf-8")
    project.configure('[systems]\nfiles = ["my_api.py"]\n')
    ran = project.cli("conformance", "hub", "--json")
    assert (ran.code, "fields" in ran.summary["error"]) == (78, True)


def test_every_promise_has_a_name_of_its_own_and_says_what_holds(tmp_path: Path) -> None:
    names = [check.name for check in (*limits.CHECKS, *reading.CHECKS)]
    assert len(names) == len(set(names))
    assert all(len(check.promise) < 60 for check in (*limits.CHECKS, *reading.CHECKS))
