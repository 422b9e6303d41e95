"""Build the project's distributions, and install them into an environment that holds nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
PIN = re.compile(r"^([a-z0-9-]+==[^\s;]+[^\\\n]*?)\s*\\?$", re.MULTILINE)


class InstallFailed(Exception):
    """pip ended with an error; the text is what it wrote last."""


def build(kind: str, folder: Path, source: Path = ROOT) -> Path:
    """Build the wheel or the sdist of `source` into an empty `folder`, without asking any registry."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(folder)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (built,) = folder.iterdir()
    return built


def environment(folder: Path) -> Path:
    """Make an environment without pip, so that it holds only what is installed, and return its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / "bin" / "python"


def install(python: Path, wheel: Path) -> None:
    """Install a wheel and what it requires, at the locked versions and from the registry that pip is set up for."""
    constraints = python.parents[1] / "constraints.txt"
    constraints.write_text("\n".join(PIN.findall(LOCK.read_text("utf-8"))), "utf-8")
    run_pip("--python", str(python), "install", "--no-compile", "--constraint", str(constraints), str(wheel))


def run_pip(*arguments: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise InstallFailed(ran.stderr.strip() or ran.stdout.strip())
