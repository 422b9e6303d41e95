"""What users and programs rely on at the command line, written down: `python -m tests.cli.surface` writes it anew."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.support.workplace import ETL

HERE = Path(__file__).parent
HELP, SOURCES = HERE / "help.txt", HERE / "sources.json"


def printed(*arguments: str) -> str:
    """What a command prints where no configuration is, on a terminal of 80 columns."""
    plain = {"COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"}
    ran = subprocess.run([ETL, *arguments], check=True, capture_output=True, text=True, env={**os.environ, **plain})
    return ran.stdout


def help_of(names: list[str]) -> str:
    """The help of the group and of each command, one behind the other."""
    texts = [f"$ etl {name} --help\n{printed(*name.split(), '--help')}" for name in ("", *names)]
    return "\n".join(texts)


def sources() -> str:
    return printed("sources", "--json")
