"""`airflow standalone` in a session of its own, ended with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from .place import BIN, Airflow

T = TypeVar("T")


@contextmanager
def standalone(airflow: Airflow) -> Iterator[None]:
    """Scheduler, triggerer, DAG processor and API server, for as long as it takes."""
    log = (airflow.home / "standalone.log").open("w")
    process = subprocess.Popen(
        [str(BIN / "airflow"), "standalone"],
        env=airflow.environment,
        cwd=airflow.home,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield
    finally:
        end_session(process)
        log.close()


def end_session(process: subprocess.Popen[bytes]) -> None:
    """End all of it: with a word of warning, and ten seconds later without."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for _ in range(50):
            members = session_of(process.pid)
            for pid in members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            if not members:
                break
            time.sleep(0.2)
    process.wait(10)


def session_of(leader: int) -> list[int]:
    """The processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            after_name = stat.read_text().rpartition(") ")[2].split()
            if int(after_name[3]) == leader and after_name[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])


def query(airflow: Airflow, sql: str, *given: Any) -> list[tuple[Any, ...]]:
    """Rows of Airflow's own database."""
    with closing(sqlite3.connect(f"file:{airflow.home / 'airflow.db'}?mode=ro", uri=True, timeout=20)) as database:
        return database.execute(sql, given).fetchall()


def wait_for(what: str, ask: Callable[[], T | None], timeout_s: float) -> T:
    """What it answers as soon as that is something."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if answer := ask():
            return answer
        time.sleep(0.3)
    raise AssertionError(f"{what} did not come in {timeout_s:.0f} s")
