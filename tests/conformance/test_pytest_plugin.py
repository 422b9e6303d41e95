"""An author's own tests: one line names a system, and each of its promises is a test."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.support.plain import DECLARED
from tests.support.plugins import GUIDE

ROOT = Path(__file__).parents[2]
OURS = "etl.conformance.pytest_plugin"
LINE = GUIDE.partition("`test_club.py`:\n\n```text\n")[2].partition("```")[0]
BROKEN = 'Field(Text(), "source_id", read=lambda id: id.str.slice(0, 3))'


def run_pytest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """pytest in an author's folder, where this package is installed with its entry points."""
    metadata = folder / "site" / "contact_etl_plugin-1.0.dist-info"
    metadata.mkdir(parents=True, exist_ok=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: contact-etl-plugin\nVersion: 1.0\n", "utf-8")
    (metadata / "entry_points.txt").write_text(f"[pytest11]\ncontact_etl = {OURS}\n", "utf-8")
    path = os.pathsep.join([str(folder / "site"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", *options]
    environment = {**os.environ, "PYTHONPATH": path, "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_one_line_makes_a_test_of_each_promise(tmp_path: Path) -> None:
    (tmp_path / "club.py").write_text(DECLARED["hub"], "utf-8")
    (tmp_path / "test_club.py").write_text(LINE, "utf-8")
    ran = run_pytest(tmp_path, "-q", "-rs", "-k", "fits or gets_one or refuses")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed, 1 skipped" in ran.stdout
    assert "it has no get" in ran.stdout
    listed = run_pytest(tmp_path, "-q", "--collect-only")
    assert "test_club.py::hub.people.reads_all" in listed.stdout.splitlines()
    assert len([line for line in listed.stdout.splitlines() if "::hub." in line]) == 20


def test_a_promise_that_is_broken_fails_and_says_why_without_a_traceback(tmp_path: Path) -> None:
    text = DECLARED["hub"].replace('Field(Text(), "source_id")', BROKEN)
    (tmp_path / "my_api.py").write_text(text, "utf-8")
    (tmp_path / "test_my_api.py").write_text("from my_api import HUB as contact_etl_system\n", "utf-8")
    ran = run_pytest(tmp_path, "-q", "-k", "reads_all")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "people: every record is read, over several pages. It is broken:" in ran.stdout
    assert "Traceback" not in ran.stdout


NONE = {
    "41": "41 is no System",
    '"nobody"': "no system 'nobody'",
    '"gone.py"': "cannot be read",
    '"bad.py"': "cannot work",
}


def test_what_names_no_system_is_told_when_tests_are_collected(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(DECLARED["hub"].replace('"source_id"', '"shoes"'), "utf-8")
    for number, line in enumerate(NONE):
        (tmp_path / f"test_{number}.py").write_text(f"contact_etl_system = {line}\n", "utf-8")
    ran = run_pytest(tmp_path, "-q")
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert ran.stdout.count("contact_etl_system: ") >= len(NONE)
    assert [reason for reason in NONE.values() if reason not in ran.stdout] == []
    assert "Traceback" not in ran.stdout


OTHERS = f"""
import sys

def test_it():
    heavy = {{"polars", "aiohttp", "pydantic", "etl.systems", "etl.conformance.run"}}
    assert not heavy & set(sys.modules)
    assert {OURS!r} in sys.modules
"""


def test_nobody_elses_tests_import_anything_for_it(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(OTHERS, "utf-8")
    ran = run_pytest(tmp_path, "-q")
    assert (ran.returncode, "1 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr


def test_the_package_says_that_it_is_a_plugin_of_pytest() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"contact_etl": OURS}
