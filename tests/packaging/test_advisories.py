"""`make audit` says what was checked, and never takes a source that was not asked for one that knows of nothing."""

from __future__ import annotations

import json

import pytest

from tests.packaging.advisories import Verdict, judge

CLEAN = {"name": "click", "version": "8.5.1", "vulns": []}
FLAWED = {"name": "idna", "version": "3.6", "vulns": [{"id": "PYSEC-2024-60", "fix_versions": ["3.7"], "aliases": []}]}
UNMENDED = {"name": "attrs", "version": "1.0", "vulns": [{"id": "GHSA-1", "fix_versions": []}]}
UNKNOWN = {"name": "rich", "skip_reason": "Dependency not found on PyPI and could not be audited: rich (15.0.0)"}


def judged(*packages: object) -> Verdict:
    return judge(json.dumps({"dependencies": packages, "fixes": []}), "")


def test_what_was_checked_is_counted() -> None:
    assert judged(CLEAN, CLEAN) == Verdict(0, "Advisories: 2 packages checked, 0 known vulnerabilities")


def test_each_vulnerability_is_named_and_fails() -> None:
    verdict = judged(CLEAN, FLAWED, UNMENDED)
    assert verdict.exit_code == 1
    assert verdict.text.splitlines() == [
        "Advisories: 3 packages checked, 2 known vulnerabilities",
        "  idna 3.6: PYSEC-2024-60, mended in 3.7",
        "  attrs 1.0: GHSA-1, mended in none",
    ]


def test_a_package_that_the_source_does_not_know_is_named() -> None:
    verdict = judged(CLEAN, UNKNOWN)
    assert verdict.exit_code == 0
    assert verdict.text.endswith("not known to the source, so not checked: rich")


def test_a_source_that_knows_no_package_has_checked_nothing() -> None:
    assert judged(UNKNOWN, UNKNOWN) == Verdict(0, "Advisories: NOT CHECKED, for the source knows none of 2 packages")


@pytest.mark.parametrize(
    ("trouble", "exit_code", "says"),
    [
        ("requests.exceptions.ConnectionError: no such name", 0, "NOT CHECKED, for no source is reached"),
        ("ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed", 0, "NOT CHECKED"),
        ("ERROR:pip_audit._cli:requirements.lock is no requirements file", 1, "pip-audit failed: ERROR"),
        ("", 1, "pip-audit said nothing"),
    ],
)
def test_only_a_source_out_of_reach_is_no_failure(trouble: str, exit_code: int, says: str) -> None:
    verdict = judge("", trouble)
    assert verdict.exit_code == exit_code
    assert says in verdict.text
