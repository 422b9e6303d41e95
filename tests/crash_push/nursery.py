"""A process that has loaded the command, and forks a child for each run of it: a start costs milliseconds.

It reads a JSON line for each run and answers with lines of its own: {"id", "pid"} when it runs, {"id", "code"} when
it has ended (a signal as a negative number). A child may be told to kill itself with SIGKILL before or after its n-th
commit to the ledger: sqlite3's own connection is watched, and nothing of ours is changed.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sqlite3
import sys
from typing import Any


class Mortal(sqlite3.Connection):
    """Counts the commits to the ledger."""

    ledger = False
    commits = 0
    kill_at = 0
    kill_before = False

    def commit(self) -> None:
        if not self.ledger:
            return super().commit()
        Mortal.commits += 1
        due = Mortal.commits == Mortal.kill_at
        if due and Mortal.kill_before:
            os.kill(os.getpid(), signal.SIGKILL)
        super().commit()
        if due:
            os.kill(os.getpid(), signal.SIGKILL)
        return None


def connect(path: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
    connection = Mortal(path, *arguments, **options)
    connection.ledger = str(path).endswith("ledger.db")
    return connection


def run(order: dict[str, Any]) -> None:
    """The command, in the child."""
    os.chdir(order["folder"])
    for number, name in ((1, "out"), (2, "err")):
        descriptor = os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(descriptor, number)
    os.environ.update(order["env"])
    Mortal.commits, Mortal.kill_at, Mortal.kill_before = 0, order.get("commit", 0), order.get("before", False)
    from etl.cli import main

    main(order["arguments"])


def preload() -> None:
    pass


def main() -> None:
    sqlite3.connect = connect  # type: ignore[assignment]
    preload()
    running: dict[int, int] = {}
    waiting = b""
    print("{}", flush=True)
    while True:
        ready, _, _ = select.select([0], [], [], 0.005 if running else None)
        if ready:
            piece = os.read(0, 65536)
            if not piece:
                return
            *lines, waiting = (waiting + piece).split(b"\n")
            for line in filter(None, lines):
                order = json.loads(line)
                pid = os.fork()
                if pid == 0:
                    os.setsid()
                    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                    try:
                        run(order)
                    except SystemExit as ended:
                        code = ended.code if isinstance(ended.code, int) else 1
                        sys.stdout.flush()
                        os._exit(code)
                    finally:
                        os._exit(99)
                running[pid] = order["id"]
                print(json.dumps({"id": order["id"], "pid": pid}), flush=True)
        for pid in list(running):
            ended_pid, status = os.waitpid(pid, os.WNOHANG)
            if ended_pid:
                print(json.dumps({"id": running.pop(pid), "code": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main()
