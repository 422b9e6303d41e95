"""Takes out one safeguard of the push at a time, in a copy of the tree: the crash tests must fail without each.

    python -m tests.crash_push.safeguards

A safeguard is a place in the code: what stands there, and what it is to be without it. One that another stands behind
(a redirect is not followed, is not sent twice, and is no success) is not missed alone, and is held by tests of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
AT_ONCE = 2


@dataclass(frozen=True)
class Safeguard:
    """`old` must stand in the file exactly once."""

    name: str
    file: str
    old: str
    new: str


SAFEGUARDS = (
    Safeguard(
        "the intent is durable before the first byte",
        "etl/push/deliver.py",
        "job.source, State.SENDING, job.action",
        "job.source, State.PENDING, job.action",
    ),
    Safeguard(
        "what was being sent at a kill is in doubt",
        "etl/state/ledger.py",
        "SET state = 'UNKNOWN', doubted_at = ?",
        "SET state = 'PENDING', doubted_at = ?",
    ),
    Safeguard(
        "a look waits until the server must have committed",
        "etl/push/doubt.py",
        "return self.since + settle_s * (self.looks + 1)",
        "return self.since",
    ),
    Safeguard("two looks before a record is believed absent", "etl/push/doubt.py", "LOOKS = 2", "LOOKS = 1"),
    Safeguard(
        "a broken connection proves nothing",
        "etl/http/send.py",
        'Outcome(Verdict.UNKNOWN, "The connection broke',
        'Outcome(Verdict.NOTHING, "The connection broke',
    ),
    Safeguard(
        "5xx proves nothing",
        "etl/http/send.py",
        "if status == 429 or kind",
        "if status == 429 or status >= 500 or kind",
    ),
    Safeguard("408 proves nothing", "etl/http/send.py", "status in (408, 425)", "status in (425,)"),
    Safeguard(
        "a success that does not say what was made is in doubt",
        "etl/push/deliver.py",
        "if remote_id is None:\n        return await _doubt(",
        "if remote_id is None:\n        return await _ended(site, job, State.REJECTED, 'rejected', None)\n"
        "        return await _doubt(",
    ),
    Safeguard(
        "an answer must be about the row that was sent",
        "etl/push/deliver.py",
        "if not _is_echo(",
        "if False and not _is_echo(",
    ),
    Safeguard(
        "what is done is not sent again",
        "etl/push/prepare.py",
        "job.remote_id = (entry.remote_id if entry else None) or",
        "job.remote_id =",
    ),
    Safeguard(
        "a record that another row is known as is not this one's",
        "etl/push/look.py",
        "merges or claimed.get(key, doubt.source) == doubt.source",
        "True",
    ),
    Safeguard(
        "rows that wait for a look are not sent meanwhile",
        "etl/push/prepare.py",
        "entry.state in (State.UNKNOWN, State.SENDING)",
        "entry.state in ()",
    ),
    Safeguard(
        "one push at a time for each target", "etl/state/lock.py", "fcntl.LOCK_EX | fcntl.LOCK_NB", "fcntl.LOCK_SH"
    ),
    Safeguard(
        "only what was not there before a run can be made by it",
        "etl/push/look.py",
        "return floor is None or floor.highest is None or",
        "return True or",
    ),
)


def fails_without(safeguard: Safeguard, folder: Path) -> tuple[bool, str]:
    """Whether the crash tests notice; and the end of what they said."""
    tree = folder / "tree"
    for name in ("etl", "tests"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    file = tree / safeguard.file
    text = file.read_text("utf-8")
    assert text.count(safeguard.old) == 1, f"{safeguard.file} holds {safeguard.old!r} {text.count(safeguard.old)} times"
    file.write_text(text.replace(safeguard.old, safeguard.new), "utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "tests/crash_push", "-p", "no:cacheprovider"]
    command += ["--basetemp", str(folder / "tests")]
    ran = subprocess.run(
        command, cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, capture_output=True, text=True, check=False
    )
    return ran.returncode == 1, ran.stdout[-1500:]


def main() -> int:
    wanted = [one for one in SAFEGUARDS if not sys.argv[1:] or any(word in one.name for word in sys.argv[1:])]
    unnoticed = 0

    def try_one(safeguard: Safeguard) -> None:
        nonlocal unnoticed
        with tempfile.TemporaryDirectory() as folder:
            noticed, told = fails_without(safeguard, Path(folder))
        print(f"{'noticed ' if noticed else 'NOT SEEN'}  {safeguard.name}", flush=True)
        if not noticed:
            unnoticed += 1
            print(told)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(try_one, wanted))
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
