"""The ledger of pushes: the values of entries and lines give way to keyed hashes, so that what was sent stays known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from etl.errors import TryLater
from etl.person.judge import leaves
from etl.person.places.place import Held, Place
from etl.person.wanted import ANY, Record, Wanted
from etl.state.entries import Source
from etl.state.files import discard
from etl.state.ledger_erasure import EntryRow, LedgerErasure, LineRow

OPEN = ("SENDING", "UNKNOWN")


class LedgerRows(Place):
    name = "ledger"
    where = "<state>/ledger.db"
    kept = "values {keep}, then hashes of them for ever"
    people = "yes"

    def show(self, wanted: Wanted) -> Iterator[Held]:
        if self.files.ledger is None:
            return
        file = self.files.state / "ledger.db"
        entries = list(self._entries(self.files.ledger, wanted))
        for entry in entries:
            values = [orjson.loads(value) for value in entry.values if value]
            told: dict[str, Any] = {"target": entry.target, "key": list(entry.source), "record": entry.remote_id}
            yield Held(file, "entry", {**told, "values": values})
        for line in self._lines(self.files.ledger, wanted, entries):
            wanted.lines.add((line.run_id, line.line))
            values = [orjson.loads(value) for value in line.values if value]
            told = {"run_id": line.run_id, "row": line.line + 1, "key": list(line.source), "said": list(line.said)}
            yield Held(file, "row of a push", {**told, "values": values})
        for target, remote_id in sorted(self._records(wanted, entries)):
            for _ in range(self.files.ledger.count_marks(target, remote_id)):
                yield Held(file, "mark", {"target": target, "record": remote_id})

    def erase(self, wanted: Wanted) -> None:
        if self.files.ledger is None:
            return
        entries = list(self._entries(self.files.ledger, wanted))
        lines = list(self._lines(self.files.ledger, wanted, entries))
        self.files.ledger.erase(entries, lines, self._records(wanted, entries))
        self.files.ledger.compact()

    def in_doubt(self, wanted: Wanted) -> None:
        """Raise TryLater where nobody knows yet whether a call for the person took effect."""
        entries = self._entries(self.files.ledger, wanted) if self.files.ledger is not None else ()
        open_ = sum(entry.state in OPEN for entry in entries)
        if open_:
            raise TryLater(
                f"Nothing was done: {open_} rows of this person were sent, and nobody knows yet whether they arrived.",
                remedy="Push the same file again, which looks; then erase.",
            )

    def sources(self, wanted: Wanted) -> set[Source]:
        """The rows, as pushes name them, that are the person's."""
        if self.files.ledger is None:
            return set()
        entries = list(self._entries(self.files.ledger, wanted))
        found = {line.source for line in self._lines(self.files.ledger, wanted, entries)}
        return {source for source in found | {entry.source for entry in entries} if not source.is_erased}

    def claims(self, path: Path) -> bool:
        names = ("ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.seal")
        return path.parent == self.files.state and path.name in names

    def _entries(self, ledger: LedgerErasure, wanted: Wanted) -> Iterator[EntryRow]:
        for entry in ledger.entries():
            if _is_theirs(wanted, entry.source, (*entry.values, entry.reason)):
                yield entry

    def _lines(self, ledger: LedgerErasure, wanted: Wanted, entries: list[EntryRow]) -> Iterator[LineRow]:
        sent = {(entry.target, entry.source) for entry in entries}
        for line in ledger.lines():
            known = (line.target, line.source) in sent or (line.run_id, line.line) in wanted.lines
            if line.source.is_erased:
                continue
            if known or _is_theirs(wanted, line.source, (*line.values, *line.said)):
                yield line

    def _records(self, wanted: Wanted, entries: list[EntryRow]) -> set[tuple[str, str]]:
        """The records at targets that are the person's: those that were sent, and those that came from there."""
        sent = {(entry.target, entry.remote_id) for entry in entries if entry.remote_id}
        read = {
            (f"{tenant} {record.stream}", record.source_id)
            for record, tenants in wanted.records.items()
            for tenant in tenants
            if tenant != ANY
        }
        return sent | read


def _is_theirs(wanted: Wanted, source: Source, texts: tuple[str | None, ...]) -> bool:
    """Whether a row is the person's: by the record that it came from, its key, or its values."""
    if source.is_erased:
        return False
    if source.key and wanted.is_theirs(Record(*source)):
        return True
    if wanted.needles.in_text(source.key):
        return True
    pattern = wanted.pattern()
    for text in texts:
        if text is None or not pattern.search(text.encode()):
            continue
        if text[:1] != "{":
            if wanted.needles.in_text(text):
                return True
        elif any(wanted.needles.in_value(leaf) for _, leaf in leaves(orjson.loads(text))):
            return True
    return False


class SetAside(Place):
    """Ledgers and journals that a rebuild set aside, and one that a killed rebuild left: nothing reads them."""

    name = "old databases"
    where = "<state>/*.db.before-*, *.db.rebuilt"
    kept = "until somebody removes them"
    people = "yes"

    def show(self, wanted: Wanted) -> Iterator[Held]:
        for path in self._files():
            if wanted.pattern().search(path.read_bytes()):
                yield Held(path, "database that was set aside", {})

    def erase(self, wanted: Wanted) -> None:
        for held in list(self.show(wanted)):
            discard(held.file)

    def claims(self, path: Path) -> bool:
        return path in set(self._files())

    def _files(self) -> list[Path]:
        found = [path for glob in ("*.db*.before-*", "*.db.rebuilt*") for path in self.files.state.glob(glob)]
        return sorted(path for path in found if path.is_file())
