"""What the project says of itself is so: the Pythons it claims, the checks it promises, the targets it names."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.packaging import pythons
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


def test_an_interpreter_is_found_behind_one_that_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, working = tmp_path / "broken", tmp_path / "working"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for folder, script in ((broken, "exit 127"), (working, f'exec {sys.executable} "$@"')):
        folder.mkdir()
        (folder / f"python{version}").write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        (folder / f"python{version}").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'none'}:{broken}:{working}")
    assert pythons.interpreter(version) == f"{working}/python{version}"
    assert pythons.interpreter("3.2") is None


def test_a_python_that_is_not_to_be_had_fails_the_run_and_is_named() -> None:
    ran = subprocess.run(
        [sys.executable, pythons.__file__, "3.2"], env={"PATH": ""}, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (1, "Python 3.2: not tested: neither python3.2 nor uv has it\n")


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
