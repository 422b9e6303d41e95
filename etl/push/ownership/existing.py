"""Records at the target that the ledger does not know, read before the first record is created.

A ledger may be new, from another machine, or restored from a backup. The first run reads the whole list and stores
marks by which rows can be recognised; where the API can list changes, later runs read only those. A record with a
reference of this ledger that the ledger does not know shows that the ledger is older than the target (78). A row that
looks like a record without an owner is not created again: it goes to review, or is found by --match.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from etl.errors import ConfigurationError
from etl.push.diff.diff import value_of
from etl.push.dispatch.record import id_of
from etl.push.ownership.references import is_ours, is_whole, reference_of
from etl.push.reconcile.search import since
from etl.push.reconcile.target_list import read_list
from etl.push.session import PushSession
from etl.state.entries import Floor, Source
from etl.state.ledger_file import REMEDY
from etl.systems.declare import Changed, Record

BATCH = 2000
SHOWN = 0.8
"""The share of the ledger's records that a list must show to count as up to date."""


@dataclass
class ExistingRecords:
    """Records by their marks. `ours` are those with a reference of this ledger that belong to no row, by reference, and
    `references` their ids; `unseen` holds, by id, the fields that only the list shows; `highest` is the highest id of
    all, `claimed` the number of records that belong to a row."""

    by_mark: dict[bytes, list[str]] = field(default_factory=dict)
    ours: dict[str, Record] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    unseen: dict[str, Record] = field(default_factory=dict)
    highest: int = 0
    claimed: int = 0


def marks_of(session: PushSession, record: Record) -> set[bytes]:
    """Compute the marks of a record: each name or reference combined with each other piece of evidence. A name alone
    counts only where there is no other evidence, or where the list shows little more than names."""
    evidence = _evidence(session, record)
    names, references = (evidence.pop(kind, frozenset[str]()) for kind in ("name", "reference"))
    others = [(kind, value) for kind, values in evidence.items() for value in values]
    found = {_mark(session, name, *other) for name in names for other in [*others, *(("", one) for one in references)]}
    found |= {_mark(session, reference, *other) for reference in references for other in others}
    alone = session.target.merges or not (others or references)
    return found | ({_mark(session, name) for name in names} if alone else set())


def _evidence(session: PushSession, record: Record) -> dict[str, frozenset[str]]:
    reference = (
        str(value_of(record, session.target.reference) or "").strip().lower() if session.target.reference else ""
    )
    own = {"reference": frozenset({reference})} if reference and not is_whole(reference) else {}
    return {**session.target.evidence(record), **own}


def _mark(session: PushSession, *parts: str) -> bytes:
    return blake2b("\0".join(parts).encode(), digest_size=8, key=session.ledger.id.encode()).digest()


def candidates(session: PushSession, bodies: Sequence[Record]) -> list[list[str]]:
    """List, for each body, the ids of records that may be the same. One query of the ledger serves all bodies."""
    if session.existing is None:
        return [[] for _ in bodies]
    marks = [marks_of(session, body) for body in bodies]
    kept = session.ledger.marks.records(frozenset[bytes]().union(*marks)) if _keeps_marks(session) else {}
    known = session.existing.by_mark
    return [
        list(dict.fromkeys(key for mark in several for key in (*known.get(mark, ()), *kept.get(mark, ()))))
        for several in marks
    ]


def is_alike(session: PushSession, one: Record, other: Record) -> bool:
    """Whether two records share a name or a reference and one more piece of evidence, or have nothing but an equal
    name."""
    first, second = _evidence(session, one), _evidence(session, other)
    shared = {kind for kind in first.keys() & second.keys() if first[kind] & second[kind]}
    if shared == {"name"}:
        return first.keys() == second.keys() == {"name"}
    return bool(shared & {"name", "reference"}) and len(shared) > 1


async def read_existing(session: PushSession) -> ExistingRecords:
    """Read the records of the target. Raises what the client raises, ConfigurationError for a ledger that is too old.

    A whole list that shows too few of our own records is stale: it is read again after `settle_s`.
    """
    await _settled(session)
    asked = _parameters(session)
    existing = await _read(session, asked)
    if not asked and existing.claimed < SHOWN * session.ledger.count_records():
        await session.clock.sleep(session.destination.account.settle_s)
        existing = await _read(session, asked)
    if existing.references and session.ledger.rebuilt_at is None:
        _refuse_older(session, existing.references)
    if _keeps_marks(session):
        session.ledger.marks.set_complete(session.run_id)
        if (date := session.client.server_date) is not None and session.ledger.floor(session.run_id) is not None:
            session.ledger.set_date(session.run_id, date, session.clock.now())
    session.ledger.set_floor(session.run_id, highest=max(existing.highest, session.ledger.highest_id() or 0))
    return existing


async def _read(session: PushSession, asked: Mapping[str, str]) -> ExistingRecords:
    existing, waiting = ExistingRecords(), list[tuple[str, Record]]()

    def note(records: list[Record]) -> None:
        for record in records:
            key = id_of(record, session.stream)
            existing.highest = max(existing.highest, int(key) if key.isascii() and key.isdigit() else 0)
            waiting.append((key, record))
            if beside := {
                name: record[name] for name in session.target.unseen if record.get(name) not in (None, "", [])
            }:
                existing.unseen[key] = beside
        if len(waiting) > BATCH:
            _index(session, existing, waiting)
            waiting.clear()

    await read_list(session.client, session.stream, asked, note)
    _index(session, existing, waiting)
    return existing


async def _settled(session: PushSession) -> None:
    """Wait until calls that were in flight when the ledger was lost have surely taken effect."""
    if session.ledger.rebuilt_at is not None:
        since_then = (session.clock.now() - session.ledger.rebuilt_at).total_seconds()
        left = 2 * session.destination.account.settle_s - max(since_then, 0.0)
        if left > 0:
            await session.clock.sleep(left)


def _keeps_marks(session: PushSession) -> bool:
    """Whether marks are stored, so that later runs need not read the whole list again."""
    return isinstance(session.target.lookup, Changed) and session.stream.since is not None


def _parameters(session: PushSession) -> dict[str, str]:
    """Return the parameters that limit the list to changes since it was last read; none where that time is unknown."""
    floor = session.ledger.newest_floor()
    whole = (
        session.ledger.rebuilt_at is not None or not _keeps_marks(session) or not session.ledger.marks.are_complete()
    )
    return {} if whole or floor is None else since(session, _began(floor))


def _began(floor: Floor) -> datetime:
    """Return when a run began, by the server's clock: what it read before its first write may have changed by then."""
    assert floor.server_date is not None
    assert floor.dated_at is not None
    return floor.server_date - (floor.dated_at - floor.began_at)


def _index(session: PushSession, existing: ExistingRecords, records: list[tuple[str, Record]]) -> None:
    claimed = session.ledger.claimed(key for key, _ in records)
    existing.claimed += len(claimed)
    marked: dict[str, set[bytes]] = {}
    for key, record in records:
        reference = (
            str(value_of(record, session.target.reference) or "").strip().lower() if session.target.reference else ""
        )
        if key not in claimed and reference and is_ours(reference, session.ledger.id):
            existing.references[reference] = key
            existing.ours[reference] = record
        marked[key] = set() if session.target.is_removed(record) else marks_of(session, record)
    if _keeps_marks(session):
        session.ledger.marks.keep(marked)
        return
    for key, marks in marked.items():
        for mark in marks:
            existing.by_mark.setdefault(mark, []).append(key)


def _refuse_older(session: PushSession, references: Mapping[str, str]) -> None:
    """Refuse a ledger that is older than the target: our records must be in it, if only as in doubt or absent."""
    known = session.ledger.references(session.target.reference, references)
    unknown = [key for reference, key in references.items() if reference not in known]
    if unknown and session.ledger.references(session.target.reference, references, anywhere=True) - known:
        raise ConfigurationError(
            f"{session.destination.name} holds records that this ledger made under another credential or address, "
            f"such as {unknown[0]}: it is the same shop.",
            remedy="Hand its entries over: etl ledger list shows them, etl ledger rename OLD "
            f"{session.destination.name} does it.",
        )
    if unknown:
        raise ConfigurationError(
            f"{session.destination.name} holds {len(unknown):,} records that this ledger made and does not know any "
            f"more, such as {unknown[0]}: the ledger is older than the target.",
            remedy=REMEDY,
        )


def with_unseen(session: PushSession, record: Record, remote_id: str | None) -> dict[str, Any]:
    """Add to a record the fields that only the list shows."""
    beside = session.existing.unseen.get(remote_id or "", {}) if session.existing else {}
    return {**beside, **record}


def own_record(session: PushSession, existing: ExistingRecords, source: Source) -> tuple[Record, bool] | None:
    """Find the record with the reference that this ledger gives a row but does not know of, and whether that reference
    is whole: a truncated one may be another row's as well."""
    reference = reference_of(session.ledger.id, source)
    if reference in existing.ours:
        return existing.ours[reference], True
    found = [record for own, record in existing.ours.items() if reference.startswith(own)]
    return (found[0], False) if len(found) == 1 else None
