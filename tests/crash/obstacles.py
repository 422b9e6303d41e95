"""What an output meets that is no blow: something else in its place, a disk that is full or may not be written to.

Each stands in the way of one run, which must end with its code and leave what was there; then it is taken away.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from . import judge
from .home import Home
from .rounds import Arena, Round, Verdict, went_on

STEP = 1 << 12
SMALL_FILES = ("sh", "-c", 'ulimit -f 600 && exec "$@"', "sh")  # of half a kilobyte


@dataclass(frozen=True)
class Obstacle:
    """`stand` holds it up in a project; `hidden` is the start of the names that it hides from readers."""

    name: str
    codes: tuple[int, ...]
    stand: Callable[[Home], AbstractContextManager[None]]
    hidden: str = ""
    aged: bool = True
    under: tuple[str, ...] = ()


class Unavailable(Exception):
    """This machine does not let us put it up."""


@contextmanager
def instead(home: Home, path: Path, put: Callable[[Path], Path]) -> Iterator[None]:
    """Something of somebody else's in the place of a file or folder, which is put back afterwards."""
    aside = home.project.parent / "aside"
    if path.exists():
        path.rename(aside)
    mine = put(path)
    yield
    assert mine.read_text("utf-8") == "mine", f"{mine} was overwritten"
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    if aside.exists():
        aside.rename(path)


def folder_with_a_file(path: Path) -> Path:
    path.mkdir(parents=True)
    return file(path / "mine")


def file(path: Path) -> Path:
    path.write_text("mine", "utf-8")
    return path


@contextmanager
def small_disk(folder: Path, *, room: int, options: str = "") -> Iterator[None]:
    """A disk of its own with what the folder holds, and so much room beside it."""
    folder.mkdir(exist_ok=True)
    content = folder.parent.parent / "content"
    shutil.copytree(folder, content)
    used = sum(path.stat().st_blocks * 512 for path in folder.rglob("*"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        shutil.rmtree(content)
        raise Unavailable("needs the right to mount")
    try:
        shutil.copytree(content, folder, dirs_exist_ok=True)
        limits = options or f"size={(used + room + STEP - 1) // STEP * STEP}"
        subprocess.run(["mount", "-o", f"remount,{limits}", str(folder)], check=True)
        yield
        subprocess.run(["mount", "-o", "remount,rw,size=1g", str(folder)], check=True)
        shutil.rmtree(content)
        shutil.copytree(folder, content)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
    shutil.rmtree(folder)
    content.rename(folder)


def disk_at(name: str, *, room: int = 0, options: str = "") -> Callable[[Home], AbstractContextManager[None]]:
    return lambda home: small_disk(home.project / name, room=room, options=options)


CSV = "contacts/bikes.customers.csv"
FOLDER_FOR_FILE = Obstacle(
    "a folder in the place of a file", (73,), lambda home: instead(home, home.out / CSV, folder_with_a_file), CSV
)
FILE_FOR_TABLES = Obstacle(
    "a file in the place of a folder of tables",
    (73,),
    lambda home: instead(home, home.out / "products", file),
    "products",
)
FILE_FOR_OUT = Obstacle(
    "a file in the place of the output folder", (73,), lambda home: instead(home, home.out, file), aged=False
)
OBSTACLES = (
    FOLDER_FOR_FILE,
    FILE_FOR_TABLES,
    FILE_FOR_OUT,
    Obstacle("no file may grow large", (74,), lambda _: nullcontext(), under=SMALL_FILES),
    Obstacle("a full disk under the output", (74,), disk_at("out", room=200_000)),
    Obstacle("a full disk under the state", (74,), disk_at(".etl", room=150_000)),
    Obstacle("a full disk under a new state", (74,), disk_at(".etl", room=90_000), aged=False),
    Obstacle("an output that may only be read", (73,), disk_at("out", options="ro")),
    Obstacle("a state that may only be read", (73, 74), disk_at(".etl", options="ro")),
)


def meet(arena: Arena, obstacle: Obstacle) -> Verdict:
    """One run against it, and one after it is gone, judged. Raises Unavailable."""
    home = arena.home(aged=obstacle.aged)
    hidden = (obstacle.hidden,) if obstacle.hidden else ()
    old, new = arena.old if obstacle.aged else {}, arena.new(aged=obstacle.aged)
    earlier = home.journal().last
    try:
        with obstacle.stand(home):
            met = went_on(home, None, earlier, under=obstacle.under)
            complaints = list(judge.whole(home, old, new, hidden)) if home.out.is_dir() else []
            journal = home.journal(earlier)
    except Unavailable:
        home.remove()
        raise
    met = judge.Went(None, met.ended, met.asked, met.answered, journal)
    complaints += judge.refused(met, obstacle.codes)
    after = went_on(home, None, earlier)
    complaints += judge.mended(home, after.ended, new)
    complaints += judge.fetched_once([met, after], arena.usual)
    if not complaints:
        home.remove()
    round_ = Round(obstacle.name, obstacle.aged, ())
    codes = (met.ended.code, after.ended.code)
    return Verdict(round_, tuple(complaints), codes, 1, judge.repeats([met, after]))
