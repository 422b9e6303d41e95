"""The seals of ledgers, kept apart from them, beside the budgets, so that a state folder restored from a backup is
noticed.

    <budgets>/seals/<ledger id>.json     {"id": …, "generation": …, "folder": …}

Every run raises the generation, first in the ledger and then in its seals. A ledger whose generation is lower than its
seal's does not know what was sent since; a folder that a seal names and that has no ledger has lost it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from etl.state.files import make_folder, write_whole


@dataclass(frozen=True)
class Seal:
    """A ledger's id, its generation (how many times it was opened and closed), and its folder at that time."""

    id: str
    generation: int
    folder: str = ""

    @classmethod
    def read(cls, path: Path) -> Seal:
        """Read a seal's file. Raises OSError, ValueError, KeyError or TypeError for one that holds none."""
        raw = json.loads(path.read_text("utf-8"))
        return cls(str(raw["id"]), int(raw["generation"]), str(raw.get("folder", "")))

    def text(self) -> bytes:
        return json.dumps(asdict(self)).encode()


class Seals:
    """The seals of all ledgers of a user."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, ledger_id: str) -> Seal | None:
        return self._read(self._path(ledger_id))

    def at(self, folder: Path) -> Seal | None:
        """Return the newest seal of any ledger kept in that state folder."""
        here = str(folder.resolve())
        found = [seal for path in self._folder.glob("*.json") if (seal := self._read(path)) and seal.folder == here]
        return max(found, key=lambda seal: seal.generation, default=None)

    def put(self, seal: Seal) -> None:
        """Write a seal, durably on return."""
        make_folder(self._folder)
        write_whole(self._path(seal.id), seal.text())

    def _path(self, ledger_id: str) -> Path:
        return self._folder / f"{ledger_id}.json"

    def _read(self, path: Path) -> Seal | None:
        try:
            return Seal.read(path)
        except (OSError, ValueError, KeyError, TypeError):
            return None
