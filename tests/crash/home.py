"""A project folder of its own: the real command in it, its tables as frames, and what its journal says is durable."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from .disk import Blow, Disk, Trace
from .shop import Page, Shop, Visitor

ETL = Path(sys.executable).with_name("etl")
STREAMS = ("bikes", "park", "park.klanten", "books")
FORMS = ("parquet", "csv")
TIMEOUT_S = 120
CONFIG = """
[accounts.bikes]
system = "cyclesoftware"
base_url = "{url}"
username = "{name}"
password = "secret-of-{name}"
budget = {{ per_minute = 100000, per_day = 1000000 }}

[accounts.park]
system = "recras"
base_url = "{url}"
api_key = "{name}"

[accounts.books]
system = "invoicing"
base_url = "{url}"
username = "{name}"
password = "secret-of-{name}"

[state]
dir = ".etl"
budgets = "budgets/budgets.db"
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended; `code` is negative for a signal."""

    code: int
    out: str
    err: str
    seconds: float
    trace: Trace

    @property
    def summary(self) -> Mapping[str, Any]:
        lines = self.out.splitlines()
        try:
            return dict(json.loads(lines[-1])) if lines else {}
        except ValueError:
            return {}


class Home:
    """`folder/project` with its etl.toml; beside it the notes of the disk."""

    def __init__(self, folder: Path, name: str, shop: Shop, disk: Disk, *, like: Home | None = None) -> None:
        self._folder, self.name, self._disk = folder.resolve() / name, name, disk
        self.project = self._folder / "project"
        self._folder.mkdir(parents=True)
        if like is None:
            self.project.mkdir()
        else:
            shutil.copytree(like.project, self.project)
        config = self.project / "etl.toml"
        config.touch(mode=0o600)
        config.write_text(CONFIG.format(url=shop.base_url, name=name), "utf-8")
        self.visitor = shop.visitors[name] = Visitor()
        self._runs = 0

    @property
    def out(self) -> Path:
        return self.project / "out"

    def start(
        self,
        *more: str,
        blow: Blow | None = None,
        watched: bool = False,
        under: Sequence[str] = (),
    ) -> subprocess.Popen[str]:
        """`etl export` of all streams in a process group of its own, on a disk that may fail, started by `under`."""
        self._runs += 1
        self.visitor.came.clear()
        forms = [part for form in FORMS for part in ("--format", form)]
        save = self._folder / f"save-{self._runs}"  # each run numbers what it keeps from 1
        disk = self._disk.environment(self.project, self._log, save, blow) if blow or watched else {}
        return subprocess.Popen(
            [*under, str(ETL), "export", *STREAMS, "--out", "out", *forms, "--json", *more],
            cwd=self.project,
            env={**os.environ, "XDG_STATE_HOME": str(self._folder / "xdg"), **disk},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    @property
    def _log(self) -> Path:
        return self._folder / f"calls-{self._runs}"

    def wait(self, process: subprocess.Popen[str], *, began: float, timeout_s: float = TIMEOUT_S) -> Ended:
        """Wait for its end; a command that hangs is killed, which stands in `err` and in its code."""
        log = self._log
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            kill(process)
            out, err = process.communicate()
            err += f"\nThe command did not end within {timeout_s:.0f} s."
        return Ended(process.returncode, out, err, time.monotonic() - began, Trace.read(log))

    def run(self, *more: str, blow: Blow | None = None, timeout_s: float = TIMEOUT_S, **options: Any) -> Ended:
        """Run the command to its end, or to the blow."""
        began = time.monotonic()
        process = self.start(*more, blow=blow, **options)
        if blow is not None and blow.point is None:
            self.visitor.came.wait(20)
            time.sleep(blow.delay_s)
            kill(process)
        return self.wait(process, began=began, timeout_s=timeout_s)

    # -- what it left ----------------------------------------------------------------------------

    def files(self) -> set[str]:
        """The output files that a reader would see, without the summaries of runs."""
        found = (path for path in self.out.rglob("*") if path.is_file() and not path.name.startswith("."))
        return {name for name in (str(path.relative_to(self.out)) for path in found) if not name.startswith("runs/")}

    def table(self, name: str) -> pl.DataFrame:
        """An output file, whole, without the time of extraction. Raises where it cannot be read."""
        path = self.out / name
        if path.suffix == ".parquet":
            return pl.read_parquet(path.read_bytes()).drop("extracted_at", strict=False)
        if path.suffix == ".csv":
            data = path.read_bytes()
            if not data.endswith(b"\n"):
                raise ValueError(f"{name} ends within a line")
            return pl.read_csv(data, infer_schema=False).drop("extracted_at", strict=False)
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        return pl.DataFrame({"line": [json.dumps({**line, "received_at": None}, sort_keys=True) for line in lines]})

    def tables(self) -> dict[str, pl.DataFrame]:
        return {name: self.table(name) for name in sorted(self.files())}

    def summary(self, name: str) -> dict[str, Any]:
        """What a run wrote under runs/. Raises ValueError where that is not whole."""
        return dict(json.loads((self.out / "runs" / f"{name}.json").read_text("utf-8")))

    def summaries(self) -> list[str]:
        """The names of the runs that wrote a summary, oldest first."""
        return sorted(path.stem for path in (self.out / "runs").glob("*.json") if not path.name.startswith("."))

    def journal(self, after: int = 0) -> Journal:
        """What state.db says of extractions later than `after`, read from a copy so that nothing is touched."""
        files = sorted((self.project / ".etl").glob("state.db*"))
        with tempfile.TemporaryDirectory() as scratch:
            for file in files:
                shutil.copy(file, scratch)
            with contextlib.closing(sqlite3.connect(Path(scratch) / "state.db")) as db:
                try:
                    return _journal(db, after)
                except sqlite3.OperationalError as error:
                    if "no such table" not in str(error):
                        raise
                    return Journal(frozenset(), ended=False, last=after)

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


@dataclass(frozen=True)
class Journal:
    """The pages that are durable, whether the last run came to its end, and the number of the last extraction."""

    pages: frozenset[Page]
    ended: bool
    last: int


def _journal(db: sqlite3.Connection, after: int) -> Journal:
    pages = db.execute(
        "SELECT e.account, e.stream, p.parameters FROM pages p JOIN extractions e ON e.id = p.extraction"
        " WHERE e.id > ? AND e.id IN (SELECT max(id) FROM extractions GROUP BY account, stream)",
        (after,),
    ).fetchall()
    last = db.execute("SELECT coalesce(max(id), 0) FROM extractions").fetchone()
    run = db.execute("SELECT ended_at FROM runs ORDER BY started_at DESC, rowid DESC LIMIT 1").fetchone()
    return Journal(
        frozenset(Page.of(f"{account}.{stream}", json.loads(parameters)) for account, stream, parameters in pages),
        run is not None and run[0] is not None,
        last[0],
    )


def kill(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
