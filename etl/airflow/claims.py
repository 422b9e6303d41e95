"""Keep two tasks of one DAG run from writing the same files: the second one is refused.

Mapped tasks for the same account would overwrite each other's tables and leave no trace of it. A task
claims its streams in the output folder, for its run; a retry finds its own claim.

    OUT/runs/.claims/<run>-<account>.<stream>     what holds it: task and map index
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

from etl.errors import UsageError
from etl.state.files import discard, make_folder, open_private, temporary_beside

KEPT_S = 30 * 86_400


def claim(out: Path, names: Iterable[str], *, run: str, task: str) -> None:
    """Claim each ACCOUNT.STREAM of a folder for one task of a run. Raises UsageError where another task has it."""
    folder = out / "runs" / ".claims"
    make_folder(folder)
    _sweep(folder)
    which = hashlib.sha256(run.encode()).hexdigest()[:16]
    for name in names:
        holder = _hold(folder / f"{which}-{name}", task)
        if holder != task:
            raise UsageError(
                f"{name} is written to {out} by {holder} in this run already: {task} would overwrite it.",
                remedy="Map each account once, or give each task a folder of its own.",
            )


def _hold(path: Path, task: str) -> str:
    """Create the claim atomically with its content, unless there is one; return its holder."""
    temporary = temporary_beside(path)
    with os.fdopen(open_private(temporary, path), "w", encoding="utf-8") as file:
        file.write(task)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return path.read_text("utf-8")
    finally:
        discard(temporary)
    return task


def _sweep(folder: Path) -> None:
    for path in folder.iterdir():
        if path.stat().st_mtime < time.time() - KEPT_S:
            discard(path)
