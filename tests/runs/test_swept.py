"""What a kill leaves unfinished in landing/ is swept by any run, and nothing of a run that lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from etl.state.files import STALE_S, temporary_beside
from tests.support.shops import NORTH, Shops, shops_of

KILLED = """
import os, signal, sys
from pathlib import Path
from etl.state.landing import Landing
body = Landing(Path(sys.argv[1])).begin("mine", "customers", "identity")
body.feed(os.urandom(3 << 20))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
async def shops(tmp_path: Path) -> AsyncIterator[Shops]:
    async with shops_of(tmp_path) as shops:
        yield shops.at(NORTH)


def temporaries(landing: Path) -> set[Path]:
    return set(landing.rglob(".tmp-*"))


def age(path: Path) -> Path:
    os.utime(path, (time.time() - 2 * STALE_S,) * 2)
    return path


def killed(landing: Path) -> Path:
    """The body that a process had begun when it was killed."""
    before = temporaries(landing)
    process = subprocess.run([sys.executable, "-c", KILLED, str(landing)], check=False)
    assert process.returncode == -signal.SIGKILL
    (left,) = temporaries(landing) - before
    return left


EVERY = [("export", "mine", "--out", "out"), ("replay", "--out", "again"), ("purge",)]
PUSH = ("push", "rows.csv", "--to", "mine.customers", "--out", "out", "--key", "key", "--dry-run")


@pytest.mark.parametrize("arguments", [*EVERY, PUSH], ids=lambda arguments: arguments[0])
async def test_the_body_of_a_killed_run_goes_and_that_of_a_living_one_stays(
    arguments: Sequence[str], shops: Shops
) -> None:
    await shops.export()
    (shops.project.folder / "rows.csv").write_text("key,last_name,email\n1,Jansen,jansen@example.nl\n")
    landing = shops.project.state / "landing"
    old, young = age(killed(landing)), killed(landing)
    living = temporary_beside(landing / "page")
    living.write_bytes(b"half")
    age(living)
    ran = await shops.run(*arguments)
    assert ran.code in (0, 65), ran.err
    assert temporaries(landing) == {young, living}, f"and not {old.name}"


@pytest.mark.parametrize("arguments", EVERY, ids=lambda arguments: arguments[0])
async def test_so_does_what_was_left_beside_the_pages(arguments: Sequence[str], shops: Shops) -> None:
    """By a release that began bodies there, or by a run that was killed as it wrote what they are."""
    await shops.export()
    landing = shops.project.state / "landing"
    for name in ("page", "vanished"):
        left = killed(landing)
        age(left.rename(landing / "mine" / "customers" / left.name.replace("page", name)))
    assert (await shops.run(*arguments)).code == 0
    assert temporaries(landing) == set()
