"""What is no person's, and says so: locks, the erasures themselves, and files that a killed run left unfinished."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from etl.person.places.place import Held, Place
from etl.person.tombstones import FOLDER
from etl.person.wanted import Wanted
from etl.state.files import TEMPORARY, discard

OWNER = re.compile(rf"{re.escape(TEMPORARY)}(\d+)-[0-9a-f]{{8}}-.*\.part(?:\.d)?$")
DEPTHS = ("", "*/", "*/*/")
"""How far below the state folder and an output folder this program writes."""


class Unfinished(Place):
    """Temporary files of killed runs: nobody can tell what is in half a file, so all of them go."""

    name = "unfinished files"
    where = "<state>, DIR: .tmp-*"
    kept = "until a run after the hour in which their own was killed"
    people = "yes"

    def show(self, wanted: Wanted) -> Iterator[Held]:
        for path in self._files():
            yield Held(path, "unfinished file", {})

    def erase(self, wanted: Wanted) -> None:
        for path in list(self._files()):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else discard(path)

    def claims(self, path: Path) -> bool:
        return any(part.startswith(TEMPORARY) for part in path.parts)

    def _files(self) -> Iterator[Path]:
        for folder in (self.files.state, *self.files.outs):
            for path in sorted(found for depth in DEPTHS for found in folder.glob(f"{depth}{TEMPORARY}*")):
                owner = OWNER.match(path.name)
                if owner is not None and not Path(f"/proc/{owner[1]}").exists():
                    yield path


class Impersonal(Place):
    """Locks, certificates, tombstones, and which credentials were used, as hashes: no names, no values."""

    name = "locks and erasures"
    where = "<state>/locks, <state>/erasures, <state>/budgets"
    kept = "for ever"
    people = "keyed hashes"

    def show(self, wanted: Wanted) -> Iterator[Held]:
        return iter(())

    def erase(self, wanted: Wanted) -> None:
        """Nothing is held."""

    def claims(self, path: Path) -> bool:
        return path.parent in {self.files.state / name for name in ("locks", FOLDER, "budgets")}
