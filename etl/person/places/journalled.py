"""The journal: records that vanished, and the words in which runs are summed up. Fingerprints belong to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import orjson

from etl.person.json_edit import replaced, without
from etl.person.judge import Shape, Verdict, judge, part_of
from etl.person.places.place import Held, Place, below, kind_of
from etl.person.rows_file import ParquetRows
from etl.person.wanted import Record, Wanted
from etl.state.journal_erasure import RunRow, VanishedRow
from etl.state.journal_file import LANDING
from etl.state.manifests import OUTPUTS, SHOPS, SUFFIX, VANISHED, whole_lines

ERASED = "[erased]"
Json = TypeVar("Json", str, str | None)


def words_without(wanted: Wanted, text: str) -> str | None:
    """Return a text of a summary or a message without the person; None where they are not in it."""
    if not wanted.told_in(text):
        return None
    spans = sorted(wanted.needles.found(text), reverse=True)
    for start, end in spans:
        text = f"{text[:start]}{ERASED}{text[end:]}"
    return ERASED if wanted.told_in(text) else text


class VanishedRecords(Place):
    name = "vanished"
    where = "<state>/state.db"
    kept = "until it is back at its source"
    people = "yes"

    def show(self, wanted: Wanted) -> Iterator[Held]:
        for row, verdict in self._holding(wanted):
            stream, value = self.files.stream(row.account, row.stream, {row.tenant}), orjson.loads(row.raw)
            part = value if stream is None else part_of(value, Shape.of(stream), verdict)
            told = {"stream": f"{row.account}.{row.stream}", "received": part}
            yield Held(self.files.state / "state.db", kind_of(verdict), told)

    def erase(self, wanted: Wanted) -> None:
        for row, verdict in list(self._holding(wanted)):
            stream = self.files.stream(row.account, row.stream, {row.tenant})
            if verdict.theirs or stream is None:
                self.files.journal.drop_vanished(row)
            else:
                persons = Shape.of(stream).persons
                raw = without(row.raw, persons=persons, places=verdict.persons, paths=verdict.mentions)
                self.files.journal.change_vanished(row, raw)

    def claims(self, path: Path) -> bool:
        return path == self.files.state / "state.db"

    def _holding(self, wanted: Wanted) -> Iterator[tuple[VanishedRow, Verdict]]:
        for row in self.files.journal.vanished():
            stream = self.files.stream(row.account, row.stream, {row.tenant})
            record = Record(row.account, row.stream, row.key)
            if not wanted.pattern(wanted.ids(row.account, row.stream)).search(f"{row.key} {row.raw}".encode()):
                continue
            value = orjson.loads(row.raw.encode("utf-8", "replace"))
            verdict = (
                Verdict(theirs=True) if stream is None else judge(value, Shape.of(stream), wanted, record, row.tenant)
            )
            if verdict:
                yield row, verdict


class Runs(Place):
    """What state.db says of runs: error messages and reasons may hold what a vendor said."""

    name = "journal"
    where = "<state>/state.db"
    kept = "{runs}, and as long as pages that a run fetched"
    people = "what a vendor said"

    def show(self, wanted: Wanted) -> Iterator[Held]:
        for row, new in self._changed(wanted):
            if new != row:
                yield Held(self.files.state / "state.db", "summary of a run", {"run_id": row.run_id})

    def erase(self, wanted: Wanted) -> None:
        for row, new in list(self._changed(wanted)):
            if new != row:
                self.files.journal.change_run(new)
        self.files.journal.compact()

    def claims(self, path: Path) -> bool:
        return path.parent == self.files.state and path.name in ("state.db", "state.db-wal", "state.db-shm")

    def _changed(self, wanted: Wanted) -> Iterator[tuple[RunRow, RunRow]]:
        for row in self.files.journal.runs():
            yield row, row._replace(arguments=_without(wanted, row.arguments), summary=_without(wanted, row.summary))


def _without(wanted: Wanted, told: Json) -> Json:
    return None if told is None else replaced(told, lambda text: words_without(wanted, text))


class ManifestFiles(Place):
    """What stands beside the landed pages, so that the journal can be made again: a copy of the vanished records."""

    name = "manifests"
    where = "<state>/landing"
    kept = "as long as the pages and records that they name"
    people = "yes"

    def show(self, wanted: Wanted) -> Iterator[Held]:
        for path in sorted(self._folder.glob(f"*/*/{VANISHED}")):
            account, stream = path.parts[-3:-1]
            pattern = wanted.pattern(wanted.ids(account, stream))
            for row in filter(None, whole_lines(path)):
                if pattern.search(f"{row['key']} {row['raw']}".encode()):
                    yield Held(path, "copy of a vanished record", {"stream": f"{account}.{stream}"})

    def erase(self, wanted: Wanted) -> None:
        self.files.journal.correct_vanished()

    def claims(self, path: Path) -> bool:
        parts = below(path, self._folder)
        names = {1: (OUTPUTS,), 2: (SHOPS,), 3: (VANISHED, SUFFIX)}.get(len(parts), ())
        return any(parts[-1] == name or (name == SUFFIX and parts[-1].endswith(name)) for name in names)

    @property
    def _folder(self) -> Path:
        return self.files.state / LANDING


class FingerprintFiles(Place):
    """Ids and hashes of the last export's records: the rows of erased ones go."""

    name = "fingerprints"
    where = "<state>/fingerprints"
    kept = "until the next export of the stream"
    people = "ids and hashes"

    def show(self, wanted: Wanted) -> Iterator[Held]:
        for path, places in self._holding(wanted):
            for _ in places:
                yield Held(path, "id and hash", {"stream": path.parent.name})

    def erase(self, wanted: Wanted) -> None:
        for path, places in list(self._holding(wanted)):
            ParquetRows(path).rewrite(places, {})

    def claims(self, path: Path) -> bool:
        parts = below(path, self.files.state / "fingerprints")
        return len(parts) == 2 and parts[1].endswith(".parquet")

    def _holding(self, wanted: Wanted) -> Iterator[tuple[Path, set[int]]]:
        for path in sorted((self.files.state / "fingerprints").glob("*/*.parquet")):
            account, _, stream = path.parent.name.partition(".")
            ids = {one for one in wanted.ids(account, stream) if wanted.is_theirs(Record(account, stream, one))}
            places = {n for n, row in ParquetRows(path).rows(wanted, ids, ()) if row["key"] in ids}
            if places:
                yield path, places
