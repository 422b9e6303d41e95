"""What is handed out: the sdist is the repository, the wheel is the package, and the wheel runs the demo by itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.packaging.clean import ROOT, InstallFailed, build, environment, install, run_pip

README = (ROOT / "README.md").read_text("utf-8")
MADE = {"PKG-INFO", "sbom.cdx.json"}


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_sdist_is_the_repository(sdist: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so there is nothing to compare the sdist with")
    kept = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert held - MADE == {name for name in kept if name and (ROOT / name).exists()}


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    held = {name for name in contents(wheel) if ".dist-info/" not in name}
    package = (path for path in (ROOT / "etl").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert held == {path.relative_to(ROOT).as_posix() for path in package}
    assert "etl/py.typed" in held


def test_a_wheel_made_of_the_sdist_is_the_wheel_of_the_checkout(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    assert contents(build("wheel", tmp_path / "again", source)) == contents(wheel)


def reachable(folder: Path) -> str | None:
    """Say why no registry can be reached, or None where pip finds in one what every registry has."""
    try:
        run_pip("download", "--no-deps", "--retries", "1", "--dest", str(folder), "pip")
    except InstallFailed as failed:
        return str(failed).splitlines()[-1]
    return None


def demo_rows(text: str) -> list[tuple[str, ...]]:
    """The rows of the table that the demo prints: table, account and stream, rows, formats."""
    return re.findall(r"^ (\w+) +(\w+\.\w+) +([\d,]+) +(parquet, csv) *$", text, re.MULTILINE)


def test_the_demo_runs_from_the_wheel_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    if reason := reachable(tmp_path / "probe"):
        pytest.skip(f"no package registry can be reached, so there is no clean environment: {reason}")
    python = environment(tmp_path / "environment")
    install(python, wheel)
    apart = {"PATH": f"{python.parent}:{os.defpath}", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(
        ["bash", str(ROOT / "samples" / "demo.sh"), "out"],
        cwd=tmp_path,
        env=apart,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    printed = README.partition("<!-- demo -->")[2].partition("<!-- /demo -->")[0]
    assert len(demo_rows(printed)) > 10
    assert sorted(demo_rows(ran.stdout)) == sorted(demo_rows(printed))
    for table, stream, _, formats in demo_rows(printed):
        assert all((tmp_path / "out" / table / f"{stream}.{name}").exists() for name in formats.split(", "))
    where = [str(python), "-c", "import etl, sys; print(etl.__file__, sys.prefix)"]
    file, prefix = subprocess.run(
        where, cwd=tmp_path, env=apart, check=True, capture_output=True, text=True
    ).stdout.split()
    assert file.startswith(prefix) and prefix != sys.prefix
