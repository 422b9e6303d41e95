"""A system of one's own is served as its declaration has it, to rehearse on."""

from __future__ import annotations

import json
import re
import signal

from etl.simulator.declared.routes import pattern_of
from tests.support.plain import DECLARED, beside
from tests.support.workplace import Project

ROWS = 30


def test_a_declared_system_is_served_to_rehearse_on(project: Project) -> None:
    beside(project, DECLARED["office"], "office", "https://example.nl")
    process = project.start("simulate", "--system", "office", "--rows", str(ROWS))
    try:
        assert process.stdout is not None
        served = json.loads(process.stdout.readline())
        assert served["accounts"] == {"office": {"base_url": served["base_url"], "api_key": "demo"}}
        beside(project, DECLARED["office"], "office", served["base_url"])
        read = project.etl("export", "office", "--out", "out", "--json")
        row = "source_id,name,email\n1,Firma 1,f1@example.nl\n"
        (project.folder / "rows.csv").write_text(row, "utf-8")
        pushed = project.etl("push", "rows.csv", "--to", "office.people", "--yes", "--json")
        after = project.etl("export", "office", "--out", "out", "--json")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert (read.code, read.summary["written"]) == (0, ROWS), read.err
    assert (pushed.code, pushed.summary["outcomes"]["created"]) == (0, 1), pushed.err
    assert (after.code, after.summary["written"]) == (0, ROWS + 1), after.err


def test_a_system_that_nobody_declares_is_not_served(project: Project) -> None:
    ran = project.cli("simulate", "--system", "nobody")
    assert (ran.code, "There is no system 'nobody'." in ran.err) == (64, True)


def test_an_option_of_a_path_that_has_no_default_may_have_any_value() -> None:
    pattern = pattern_of("/{of}/people/{id}", {"of": ""})
    assert [bool(re.fullmatch(pattern, path)) for path in ("/7/people/1", "/7/8/people/1", "//people/1")] == [
        True, False, False,
    ]  # fmt: skip
