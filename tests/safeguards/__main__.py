"""Takes out one safeguard at a time, in a copy of the tree: tests must fail without each.

    python -m tests.safeguards [--short] [WORD ...]

A safeguard is a place in the code: what stands there, and what it is to be without it. One whose text no longer stands
in its file is named as outdated, and counts as a failure. With words only those are tried whose names hold one, with
--short only the quick ones. Each names the smallest set of tests that must notice; those pass with it, as the suite
shows.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .conformance import CONFORMANCE
from .declare import Safeguard
from .export import EXPORT
from .person import PERSON
from .push import PUSH

ROOT = Path(__file__).parents[2]
SAFEGUARDS = (*EXPORT, *PUSH, *PERSON, *CONFORMANCE)
AT_ONCE = 2
LONGEST_S = 240
"""Tests that go on for longer than this without a safeguard do not end: that is noticed too."""


def stale(safeguard: Safeguard) -> str:
    """Why a safeguard cannot be taken out as it is described, or nothing."""
    file = ROOT / safeguard.file
    if not file.exists():
        return f"{safeguard.file} is gone"
    found = file.read_text("utf-8").count(safeguard.old)
    return "" if found == 1 else f"{safeguard.file} holds this {found or 'no'} times:\n    {safeguard.old}"


def fails_without(safeguard: Safeguard, folder: Path) -> tuple[bool, str]:
    """Whether its tests notice; and the end of what they said."""
    tree = folder / "tree"
    for name in ("etl", "tests", "docs"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    file = tree / safeguard.file
    file.write_text(file.read_text("utf-8").replace(safeguard.old, safeguard.new), "utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    command += ["--basetemp", str(folder / "tests"), *(["-k", safeguard.only] if safeguard.only else [])]
    command += [f"tests/{test}" for test in safeguard.noticed_by]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    try:
        ran = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST_S
        )
    except subprocess.TimeoutExpired:
        return True, ""
    return ran.returncode == 1, ran.stdout[-1500:] + ran.stderr[-500:]


def chosen(arguments: list[str]) -> list[Safeguard]:
    words = [one for one in arguments if one != "--short"]
    quick = "--short" in arguments
    return [
        one for one in SAFEGUARDS if (one.quick or not quick) and (not words or any(word in one.name for word in words))
    ]


def main() -> int:
    wanted = chosen(sys.argv[1:])
    outdated = {one.name: why for one in wanted if (why := stale(one))}
    for name, why in outdated.items():
        print(f"OUTDATED  {name}: {why}", flush=True)
    unnoticed: list[str] = []

    def try_one(safeguard: Safeguard) -> None:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            noticed, told = fails_without(safeguard, Path(folder))
        seconds = time.monotonic() - began
        print(f"{'noticed ' if noticed else 'NOT SEEN'}  {seconds:5.1f} s  {safeguard.name}", flush=True)
        if not noticed:
            unnoticed.append(safeguard.name)
            print(told)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(try_one, [one for one in wanted if one.name not in outdated]))
    print(f"{len(wanted)} safeguards: {len(unnoticed)} not noticed, {len(outdated)} outdated.")
    if outdated:
        print(f"Say in {Path(__file__).parent.name}/ where they stand now.")
    return 1 if unnoticed or outdated or not wanted else 0


if __name__ == "__main__":
    sys.exit(main())
