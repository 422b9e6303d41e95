"""The output folders, of the last run and of former ones: tables, rejects, results of pushes, summaries."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from etl.decode.erased import is_place
from etl.errors import InputOutputError
from etl.person.json_edit import replaced, without
from etl.person.judge import NO_SHAPE, Shape, Verdict, id_of, judge, leaves, part_of
from etl.person.places.journalled import words_without
from etl.person.places.place import Held, Place, below, kind_of
from etl.person.places.table_rows import Change, judge_row
from etl.person.rows_file import CsvRows, rows_file
from etl.person.wanted import Record, Wanted
from etl.records import TABLES
from etl.state.files import discard, write_whole

FORMATS = ("parquet", "csv", "xlsx")
STREAM = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.([a-z_]+)$")
REFUSED = ".refused"
RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")


@dataclass
class Changes:
    """What is to be done with the rows of a file: those to drop, and other values for some."""

    drop: dict[int, Any] = field(default_factory=dict)
    edits: dict[int, dict[str, Any]] = field(default_factory=dict)
    inside: dict[int, Any] = field(default_factory=dict)


class RowsPlace(Place):
    """Files of rows below the output folders."""

    def show(self, wanted: Wanted) -> Iterator[Held]:
        for path in self._files():
            changes = self._changes(path, wanted)
            yield from (Held(path, "row", row) for row in changes.drop.values())
            yield from (Held(path, "person in a row", row) for row in changes.inside.values())

    def erase(self, wanted: Wanted) -> None:
        for path in self._files():
            changes = self._changes(path, wanted)
            if changes.drop or changes.edits:
                rows_file(path).rewrite(changes.drop, changes.edits)

    def claims(self, path: Path) -> bool:
        return any(self._is_ours(below(path, out)) for out in self.files.outs)

    def _files(self) -> Iterator[Path]:
        for out in self.files.outs:
            for path in sorted(out.glob("*/*")):
                if path.is_file() and self._is_ours(below(path, out)):
                    yield path

    @abstractmethod
    def _is_ours(self, parts: tuple[str, ...]) -> bool: ...

    @abstractmethod
    def _changes(self, path: Path, wanted: Wanted) -> Changes: ...


class Tables(RowsPlace):
    """Tables of exports and replays, in every format."""

    name = "tables"
    where = "DIR/<table>"
    kept = "until the next export into the same folder"
    people = "yes"

    def _is_ours(self, parts: tuple[str, ...]) -> bool:
        if len(parts) != 2 or parts[0] not in TABLES:
            return False
        name, _, form = parts[1].rpartition(".")
        return form in FORMATS and STREAM.match(name) is not None

    def _changes(self, path: Path, wanted: Wanted) -> Changes:
        account, stream = path.name.split(".")[:2]
        declared = self.files.stream(account, stream, set())
        changes = Changes()
        if declared is None:
            return changes
        ids = wanted.ids(account, stream)
        for place, row in rows_file(path).rows(wanted, ids, ()):
            record = Record(account, stream, str(row.get("source_id") or ""))
            change, edits = judge_row(path.parent.name, row, Shape.of(declared), wanted, record)
            if change is Change.DROP:
                changes.drop[place] = row
            elif change is Change.EDIT:
                changes.edits[place] = edits
                changes.inside[place] = {name: row[name] for name in edits}
        return changes


class PushFiles(RowsPlace):
    """Results, findings of verify, review sheets, and rejects of pushes: each a file of one run."""

    name = "results"
    where = "DIR/results, DIR/rejects"
    kept = "{runs}, with their run"
    people = "yes"

    def _is_ours(self, parts: tuple[str, ...]) -> bool:
        if len(parts) != 2 or RUN.match(parts[1]) is None:
            return False
        form = parts[1].rpartition(".")[2]
        return (parts[0] == "results" and form in FORMATS) or (parts[0] == "rejects" and form == "csv")

    def _changes(self, path: Path, wanted: Wanted) -> Changes:
        run_id = path.name.partition(".")[0]
        lines = {line for run, line in wanted.lines if run == run_id}
        aside = self._aside(path, run_id, wanted) if path.parent.name == "rejects" else []
        places = {place for place, line in enumerate(aside) if line in lines}
        ids = {*(record.source_id for record in wanted.records), *(str(line + 1) for line in lines)}
        changes = Changes()
        for place, row in rows_file(path).rows(wanted, ids, places):
            if place in places or self._holds(path, row, lines, wanted):
                changes.drop[place] = row
                if place < len(aside):
                    wanted.lines.add((run_id, aside[place]))
        return changes

    def _holds(self, path: Path, row: dict[str, Any], lines: Collection[int], wanted: Wanted) -> bool:
        if path.parent.name == "results" and str(row.get("row") or "").isdigit() and int(row["row"]) - 1 in lines:
            return True
        account, stream, key = (str(row.get(name) or "") for name in ("account", "stream", "key"))
        theirs = bool(account and key) and wanted.is_theirs(Record(account, stream, key))
        return theirs or any(wanted.needles.in_value(value) for value in row.values())

    def _aside(self, path: Path, run_id: str, wanted: Wanted) -> list[int]:
        """The lines that a push set aside, in the order of the rows of its rejects, which have no number; none where it
        cannot be told which row is whose. Rows of people who were erased before are not in the file any more."""
        ledger = self.files.ledger
        every = [one for one in ledger.lines(run_id) if one.outcome in ASIDE] if ledger is not None else []
        left = [one.line for one in every if not one.source.is_erased]
        before = [one.line for one in every if one.line in left or (run_id, one.line) in wanted.lines]
        height = CsvRows(path).height()
        return next((lines for lines in (before, left) if len(lines) == height), [])


ASIDE = ("rejected", "review")


class ExportRejects(Place):
    """Records that an export set aside, or refused to set aside: a line each, with the record as it came."""

    name = "rejects"
    where = "DIR/rejects"
    kept = "until the next export into the same folder"
    people = "yes"

    def show(self, wanted: Wanted) -> Iterator[Held]:
        for path in self._files():
            for line in self._lines(path):
                told, value, shape, verdict = self._judged(path, line, wanted)
                if verdict:
                    yield Held(path, kind_of(verdict), {**told, "raw": part_of(value, shape, verdict)})

    def erase(self, wanted: Wanted) -> None:
        for path in self._files():
            lines = list(self._lines(path))
            left = [self._left(path, line, wanted) for line in lines]
            if not any(left):
                discard(path)
            elif left != lines:
                write_whole(path, b"".join(left))

    def _left(self, path: Path, line: bytes, wanted: Wanted) -> bytes:
        """What stays of a line: nothing of a record that is the person's."""
        told, _, shape, verdict = self._judged(path, line, wanted)
        if verdict.theirs or not verdict:
            return b"" if verdict else line
        raw = without(told["raw"], persons=shape.persons, places=verdict.persons, paths=verdict.mentions)
        return orjson.dumps({**told, "raw": raw}) + b"\n"

    def claims(self, path: Path) -> bool:
        return any(_is_rejects(below(path, out)) for out in self.files.outs)

    def _files(self) -> Iterator[Path]:
        for out in self.files.outs:
            yield from sorted(path for path in out.glob("rejects/*.jsonl") if _is_rejects(below(path, out)))

    def _lines(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            yield from file

    def _judged(self, path: Path, line: bytes, wanted: Wanted) -> tuple[dict[str, Any], Any, Shape, Verdict]:
        """A line, its record, and whose that is."""
        account, stream = path.name.split(".")[:2]
        declared = self.files.stream(account, stream, set())
        if declared is None or not wanted.pattern(wanted.ids(account, stream)).search(line):
            return {}, None, NO_SHAPE, Verdict()
        told, shape = orjson.loads(line), Shape.of(declared)
        raw = told.get("raw") or ""  # none where people have pseudonyms
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return told, raw, shape, Verdict(theirs=wanted.needles.in_text(raw))
        if is_place(value):
            return told, value, shape, Verdict()
        return told, value, shape, judge(value, shape, wanted, Record(account, stream, id_of(value, shape)), None)


def _is_rejects(parts: tuple[str, ...]) -> bool:
    return (
        len(parts) == 2
        and parts[0] == "rejects"
        and parts[1].endswith(".jsonl")
        and STREAM.match(parts[1].removesuffix(".jsonl").removesuffix(REFUSED)) is not None
    )


class Summaries(Place):
    """Summaries of runs, which may hold what a vendor said of somebody."""

    name = "runs"
    where = "DIR/runs"
    kept = "{runs}, with their run"
    people = "what a vendor said"

    def show(self, wanted: Wanted) -> Iterator[Held]:
        for path, text, new in self._changed(wanted):
            if new != text:
                yield Held(path, "summary of a run", {"run_id": path.stem})

    def erase(self, wanted: Wanted) -> None:
        for path, text, new in self._changed(wanted):
            if new != text:
                write_whole(path, new.encode())

    def claims(self, path: Path) -> bool:
        return any(
            len(parts := below(path, out)) == 2 and parts[0] == "runs" and RUN.fullmatch(path.stem) is not None
            for out in self.files.outs
        )

    def _changed(self, wanted: Wanted) -> Iterator[tuple[Path, str, str]]:
        for out in self.files.outs:
            for path in sorted(out.glob("runs/*.json")):
                if RUN.fullmatch(path.stem) is None:
                    continue
                text = path.read_text("utf-8")
                try:
                    yield path, text, replaced(text, lambda one: words_without(wanted, one))
                except (IndexError, AssertionError):
                    raise InputOutputError(f"{path} is no JSON.", remedy="Nothing was changed. Remove it.") from None


class PersonPages(Place):
    """What etl person export wrote: it is removed whole where it is about the person."""

    name = "pages of people"
    where = "DIR/persons"
    kept = "until somebody removes them"
    people = "yes"

    def show(self, wanted: Wanted) -> Iterator[Held]:
        for path in self._files():
            if path.suffix == ".json" and self._is_about(path, wanted):
                yield Held(path, "page", {})

    def erase(self, wanted: Wanted) -> None:
        for held in list(self.show(wanted)):
            discard(held.file.with_suffix(".html"))
            discard(held.file)

    def claims(self, path: Path) -> bool:
        return any(path in set(out.glob("persons/*.*")) for out in self.files.outs)

    def _files(self) -> Iterator[Path]:
        for out in self.files.outs:
            yield from sorted(out.glob("persons/*.json"))

    def _is_about(self, path: Path, wanted: Wanted) -> bool:
        told = orjson.loads(path.read_bytes())
        asked = {f"{kind}\0{one}" for kind in ("email", "phone") for one in told.get(kind, ())}
        if asked & set(wanted.asked.texts()):
            return True
        return any(wanted.needles.in_value(leaf) for _, leaf in leaves(told))
