"""Mutate modules with mutmut, in a copy of the project, and print the changes that no test noticed.

    python -m tests.mutation [MODULE OR FOLDER ...]     without any: the central modules

mutmut changes bodies of functions only, no constant of a module or a class. Exit code 1 where a change survived.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.mutation.rooms import CENTRAL, tests_of

ROOT = Path(__file__).parents[2]
COPIED = ("etl", "tests", "samples", "schemas", "docs", "benchmarks", "pyproject.toml")
UNNOTICED = ("survived", "no tests", "suspicious")

CONFIGURATION = """
[tool.mutmut]
source_paths = ["etl"]
only_mutate = {modules}
also_copy = {copied}
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider"]
use_git_change_detection = false
track_dependencies = false
process_isolation = "forkserver"  # polars has threads: a fork of the process that ran the tests waits for them for ever
timeout_constant = 12.0  # the estimate leaves out fixtures, and the machine may be busy
"""


def main(modules: list[str]) -> int:
    os.nice(10)
    results = [survivors(module.rstrip("/")) for module in modules or CENTRAL]
    return 1 if any(results) else 0


def survivors(module: str) -> int:
    """How many changes of a module or folder no test noticed; each is printed as a diff."""
    tests = tests_of(module)
    if not (ROOT / module).exists() or not tests:
        sys.exit(f"{module} is no module of etl/http, etl/push, etl/budget or etl/decode.")
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        copy = Path(name)
        _copy(copy, module, tests)
        run = subprocess.run(
            [*_mutmut(), "run", "--max-children", "1"], cwd=copy, text=True, capture_output=True, check=False
        )
        found = dict(line.strip().split(": ", 1) for line in _said(copy, "results", "--all", "true"))
        if not found or "not checked" in found.values():  # as where the tests fail before anything is changed
            sys.exit(f"{module}: mutmut did not run.\n{run.stdout[-4000:]}{run.stderr[-4000:]}")
        unnoticed = [one for one, state in found.items() if state in UNNOTICED]
        for one in unnoticed:
            print(*_said(copy, "show", one), "", sep="\n")
    counts = ", ".join(f"{count} {state}" for state, count in Counter(found.values()).most_common())
    print(f"{module}: {len(found)} mutants: {counts}", flush=True)
    return len(unnoticed)


def _copy(copy: Path, module: str, tests: tuple[str, ...]) -> None:
    for one in COPIED:
        if (ROOT / one).is_dir():
            shutil.copytree(ROOT / one, copy / one, ignore=shutil.ignore_patterns("__pycache__", ".venvs"))
        else:
            shutil.copy(ROOT / one, copy / one)
    text = CONFIGURATION.format(
        modules=_toml([module if module.endswith(".py") else f"{module}/*"]),
        copied=_toml([one for one in COPIED if one not in ("etl", "tests", "pyproject.toml")]),
        tests=_toml(tests),
    )
    with (copy / "pyproject.toml").open("a") as file:
        file.write(text)


def _toml(values: list[str] | tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


def _mutmut() -> list[str]:
    return [sys.executable, "-m", "mutmut"]


def _said(copy: Path, *arguments: str) -> list[str]:
    answer = subprocess.run([*_mutmut(), *arguments], cwd=copy, text=True, capture_output=True, check=True)
    return [line for line in answer.stdout.splitlines() if line.strip()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
