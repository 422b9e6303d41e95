"""Make a journal again from the manifests of the landed pages.

What they do not prove is not believed: an extraction whose last line tells of no end is unfinished; one whose pages are
gone is withdrawn, and so is one of changes that was built upon an extraction which is not complete any more. An old
journal that can be read, but knows less than they do, is asked for what it alone knows: other runs, and pages of older
releases.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from etl.errors import ConfigurationError, InputOutputError
from etl.state.database import PARTS, Database, set_aside
from etl.state.files import discard, rename_all
from etl.state.journal import Journal, Withdrawal, new_run_id, text, time
from etl.state.journal_file import JOURNAL, LANDING, REMEDY, can_be_read
from etl.state.journal_schema import MIGRATIONS
from etl.state.landing import Landing
from etl.state.manifests import (
    OUTPUTS,
    SHOPS,
    SUFFIX,
    VANISHED,
    Extracted,
    Manifests,
    Row,
    read_extraction,
    whole_lines,
)
from etl.state.tenants import Tenants

SummaryOf = Callable[[str, str], Mapping[str, Any] | None]
"""Finds the summary of a run, by its id and its arguments."""
CursorOf = Callable[[Journal, Tenants, str, str], datetime | None]
"""Finds the time from which `--since last` goes on, of an account and a stream."""


@dataclass(frozen=True)
class RebuiltStream:
    """What is known again of a stream: its complete and its unfinished extractions, and the server's time from which
    `--since last` goes on; None where it begins anew."""

    name: str
    complete: int
    unfinished: int
    since: str | None


@dataclass(frozen=True)
class Rebuilt:
    """What is known again. `lost` counts the extractions that cannot be relied on, `unnamed` the landed pages of which
    nothing tells what they are, `damaged` the lines beside the pages that cannot be read. It is a run by itself.
    """

    run_id: str
    streams: Sequence[RebuiltStream]
    pages: int
    lost: int
    unnamed: int
    damaged: int


def rebuild(folder: Path, now: datetime, summary_of: SummaryOf, cursor_of: CursorOf) -> Rebuilt:
    """Make the journal of a state folder again; what there is of the old one is kept beside it.

    Raises CannotCreate or InputOutputError; then the old one still stands, and it may be done again.
    """
    landing, fresh = Landing(folder / LANDING), folder / f"{JOURNAL}.rebuilt"
    for part in PARTS:
        discard(fresh.with_name(fresh.name + part))
    manifests = sorted((folder / LANDING).glob(f"*/*/*{SUFFIX}"))
    read = [read_extraction(path) for path in manifests]
    numbered = {one.extraction["id"]: one for one in sorted(filter(None, read), key=_start)}
    known = [numbered[number] for number in sorted(numbered)]
    believed = _believed(known, landing)
    copies = [
        (table, row)
        for table, pattern in (("vanished", f"*/*/{VANISHED}"), ("same_shops", f"*/{SHOPS}"))
        for path in (folder / LANDING).glob(pattern)
        for row in whole_lines(path)
    ]
    others = [*manifests, *(folder / LANDING).glob(OUTPUTS)]
    with closing(Database(fresh, MIGRATIONS, remedy=REMEDY)) as database:
        with database.write() as db:
            _fill(db, believed, _runs(believed, summary_of))
            for table, row in copies:
                _insert(db, table, [row] if row is not None else [])
            with _known_before(folder) as before:
                if before is not None:
                    _carry_over(db, before, landing, {table for table, _ in copies})
        files = [row["file"] for row in database.read("SELECT DISTINCT file FROM pages")]
        rebuilt = Rebuilt(
            new_run_id(now),
            _streams(database, folder / LANDING, cursor_of),
            pages=len(files),
            lost=len(read) - sum(one.extraction == told.extraction for one, told in zip(believed, known, strict=True)),
            unnamed=len({file for file, _ in landing.files()}.difference(files)),
            damaged=sum(row is None for row in [*(row for _, row in copies), *chain(*map(whole_lines, others))]),
        )
        with database.write() as db:
            newest = db.execute("SELECT coalesce(max(number), 0) FROM runs").fetchone()[0]
            _insert(db, "runs", [{**_own_run(rebuilt, now), "number": newest + 1}])
    _put_in_place(folder, fresh, now)
    return rebuilt


def _own_run(rebuilt: Rebuilt, now: datetime) -> Row:
    """The rebuilding as a run: without any, the journal would be taken for one that was lost."""
    ended = {"run_id": rebuilt.run_id, "command": "state rebuild", "status": "complete", "exit_code": 0}
    times = {"started_at": text(now), "ended_at": text(now)}
    return {**ended, **times, "arguments": "{}", "summary": json.dumps({**ended, **asdict(rebuilt)})}


def _start(one: Extracted) -> str:
    return str(one.extraction["started_at"])


def _believed(extractions: Sequence[Extracted], landing: Landing) -> list[Extracted]:
    """Withdraw what cannot be relied on. These are in the order of their numbers."""
    complete, believed = set[int](), []
    for one in extractions:
        row = one.extraction
        changed: dict[str, object] = {}
        if not all(landing.holds(page["file"], page["size"]) for page in one.pages):
            changed, pages = {"complete_at": None, "withdrawn": Withdrawal.PURGED}, []
        else:
            pages = one.pages
            if row["complete_at"] and row["since"] is not None and not complete.issuperset(one.base):
                changed = {"complete_at": None, "withdrawn": Withdrawal.DROPPED}
        believed.append(replace(one, extraction={**row, **changed}, pages=pages))
        complete |= {row["id"]} if believed[-1].extraction["complete_at"] else set()
    return believed


def _runs(extractions: Sequence[Extracted], summary_of: SummaryOf) -> Iterator[Row]:
    """Yield the runs that used these extractions, with what their summaries tell. Without one, a run ended where all
    that it fetched is complete."""
    used: dict[str, tuple[Row, list[Row]]] = {}
    for one in extractions:
        for run in one.runs:
            used.setdefault(run["run_id"], (run, []))[1].append(one.extraction)
    for run_id, (run, of) in used.items():
        row = {**run, "arguments": of[0]["arguments"]}
        summary = summary_of(run_id, row["arguments"])
        began = time(run["started_at"])
        if summary is not None and began is not None:
            row |= {name: summary.get(name) for name in ("status", "exit_code", "resume_at")}
            row["ended_at"] = text(began + timedelta(seconds=summary["seconds"]))
            row["summary"] = json.dumps(dict(summary))
        elif all(each["complete_at"] for each in of):
            row["ended_at"] = max(each["complete_at"] for each in of)
        yield row


def _fill(db: sqlite3.Connection, extractions: Sequence[Extracted], runs: Iterator[Row]) -> None:
    _insert(db, "runs", runs)
    for one in extractions:
        number = one.extraction["id"]
        _insert(db, "extractions", [one.extraction])
        _insert(db, "run_extractions", ({"run_id": run["run_id"], "extraction": number} for run in one.runs))
        _insert(db, "pages", one.pages)


def _insert(db: sqlite3.Connection, table: str, rows: Iterable[Row], *, new: bool = True) -> None:
    """Insert rows, those of another layout with the columns that both know; if they may not be new, where they are."""
    columns = [column["name"] for column in db.execute(f"PRAGMA table_info({table})")]
    verb = "INSERT" if new else "INSERT OR IGNORE"
    for row in rows:
        names = [name for name in columns if name in row]
        places = ", ".join(f":{name}" for name in names)
        db.execute(f"{verb} INTO {table} ({', '.join(names)}) VALUES ({places})", dict(row))


@contextmanager
def _known_before(folder: Path) -> Iterator[Database | None]:
    """Open the old journal where it can be read throughout."""
    with ExitStack() as opened:
        found: Database | None = None
        path = folder / JOURNAL
        with suppress(ConfigurationError, InputOutputError):
            if path.exists() and path.stat().st_size:
                found = opened.enter_context(closing(Database(path, MIGRATIONS)))
                found = found if can_be_read(found) else None
        yield found


def _carry_over(db: sqlite3.Connection, before: Database, landing: Landing, copied: Collection[str]) -> None:
    """Take what no manifest tells: runs, extractions whose pages are all there, and those copies that are not."""
    _insert(db, "runs", map(dict, before.read("SELECT * FROM runs ORDER BY number")), new=False)
    known = {row["id"] for row in db.execute("SELECT id FROM extractions")}
    for row in map(dict, before.read("SELECT * FROM extractions ORDER BY id")):
        pages = [dict(page) for page in before.read("SELECT * FROM pages WHERE extraction = ?", row["id"])]
        if row["id"] in known or not pages or not all(landing.holds(page["file"], page["size"]) for page in pages):
            continue
        _insert(db, "extractions", [row])
        _insert(db, "pages", pages)
        used = before.read("SELECT * FROM run_extractions WHERE extraction = ?", row["id"])
        _insert(db, "run_extractions", map(dict, used))
    for table in {"vanished", "same_shops"}.difference(copied):
        _insert(db, table, map(dict, before.read(f"SELECT * FROM {table}")))  # noqa: S608  # ours


def _put_in_place(folder: Path, fresh: Path, now: datetime) -> None:
    """Set what there is of the old journal aside, all of it, before the new one takes its name."""
    set_aside(folder / JOURNAL, now)
    rename_all([(fresh, folder / JOURNAL)])


def _streams(database: Database, landing: Path, cursor_of: CursorOf) -> list[RebuiltStream]:
    manifests = Manifests(database, landing)
    journal, tenants = Journal(database, manifests), Tenants(database, manifests)
    rows = database.read(
        "SELECT account, stream, count(complete_at) AS complete,"
        " sum(complete_at IS NULL AND withdrawn IS NULL) AS unfinished"
        " FROM extractions GROUP BY account, stream ORDER BY account, stream"
    )
    return [
        RebuiltStream(
            f"{row['account']}.{row['stream']}",
            row["complete"],
            row["unfinished"],
            text(cursor_of(journal, tenants, row["account"], row["stream"])),
        )
        for row in rows
    ]
