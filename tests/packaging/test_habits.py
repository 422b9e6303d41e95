"""What the project says of itself is so: the Pythons it claims, the checks it promises, the targets it names."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.packaging.clean import ROOT

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_each_python_that_is_claimed_lies_between_the_two_that_are_tested() -> None:
    tested = re.search(r"^PYTHONS \?= 3\.(\d+) 3\.(\d+)$", MAKEFILE, re.MULTILINE)
    assert tested is not None
    oldest, newest = int(tested[1]), int(tested[2])
    claimed = re.findall(r"Python :: 3\.(\d+)$", "\n".join(PYPROJECT["project"]["classifiers"]), re.MULTILINE)
    assert [int(minor) for minor in claimed] == list(range(oldest, newest + 1))
    assert PYPROJECT["project"]["requires-python"] == f">=3.{oldest}"
    assert PYPROJECT["tool"]["mypy"]["python_version"] == f"3.{oldest}"
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py3{oldest}"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_each_target_that_a_page_names_is_there(page: str) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"`(?:make )([a-z][a-z-]*)", (ROOT / page).read_text("utf-8")))
    assert named and named <= targets


def test_what_is_checked_on_commit_is_what_make_lint_checks() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert re.findall(r"^\s*(?:- )?repo: (.+)$", hooks, re.MULTILINE) == ["local"]
    assert re.findall(r"^\s*entry: (.+)$", hooks, re.MULTILINE) == ["make lint"]


def test_each_tool_of_the_audit_is_locked_with_its_hashes() -> None:
    locked = (ROOT / "requirements-audit.lock").read_text("utf-8")
    for requirement in PYPROJECT["dependency-groups"]["audit"]:
        name = re.split(r"[<>=]", requirement)[0]
        assert re.search(rf"^{name}==\S+ \\\n    --hash=sha256:", locked, re.MULTILINE), name
