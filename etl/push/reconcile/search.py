"""Search for records that may have been created: one reading of the list serves all creates in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from etl.paginate.request import naive
from etl.push.diff.diff import value_of, without
from etl.push.dispatch.record import body_hash, id_of, read_one
from etl.push.ownership.references import SHORTEST, is_ours, is_same, is_whole
from etl.push.reconcile.in_doubt import Doubt
from etl.push.reconcile.target_list import read_list
from etl.push.session import PushSession
from etl.state.entries import Floor
from etl.systems.declare import Changed, Newer, Record
from etl.systems.shared.evidence import agree

OVERLAP = timedelta(minutes=10)
"""The overlap of a search by time: a row may be committed late with an older time, and clocks drift."""
UNKNOWN_CLOCK = timedelta(days=1)
"""How far back to search where no answer of the run gave the server's time."""


@dataclass(frozen=True)
class Finding:
    """The result of a look-up. `unclear` goes to review; `remote_id` is then a candidate. `record` is the record that
    was found, if it was read in full."""

    kind: Literal["found", "absent", "unclear"]
    remote_id: str | None = None
    reason: str = ""
    record: Record | None = None


@dataclass
class _Hits:
    records: dict[str, Record] = field(default_factory=dict)  # by id: pages may repeat a record
    twins: dict[str, str] = field(default_factory=dict)  # id to the reference that it has


async def find(
    session: PushSession, doubts: Sequence[Doubt], floors: Mapping[str, Floor | None], others: Sequence[Doubt]
) -> list[Finding]:
    """Find, for each create in doubt, whether its record exists. `floors` are those of the runs that sent them;
    `others` are in doubt too, and a record may be theirs."""
    lowest = {id(doubt): floors.get(doubt.sender[0]) for doubt in doubts}
    hits = {id(doubt): _Hits() for doubt in doubts}
    by_reference: dict[str, list[Doubt]] = {}
    by_who: dict[tuple[str, ...], list[Doubt]] = {}
    for doubt in doubts:
        by_reference.setdefault(_short(_reference(session, doubt.body)), []).append(doubt)
        by_who.setdefault(session.target.who(doubt.body), []).append(doubt)

    def note(records: list[Record]) -> None:
        for record in records:
            _note(session, record, by_who, by_reference, lowest, hits)

    await read_list(session.client, session.stream, parameters_of(session, doubts, list(lowest.values())), note)
    for doubt in doubts:
        if session.merges(doubt.body):
            hits[id(doubt)].records = await _whole(session, doubt, hits[id(doubt)].records)
    everything = {key for hit in hits.values() for key in (*hit.records, *hit.twins)}
    claimed: dict[str, object] = {**session.ledger.claimed(everything)}
    ours = session.ledger.references(
        session.target.reference, {own for hit in hits.values() for own in hit.twins.values()}
    )
    # a doubt whose answer named an existing record does not compete for another
    equals = Counter(body_hash(doubt.body) for doubt in (*doubts, *others) if doubt.remote_id not in everything)
    return [_finding(session, doubt, hits[id(doubt)], claimed, ours, equals) for doubt in doubts]


def _reference(session: PushSession, record: Record) -> str:
    return str(value_of(record, session.target.reference) or "").strip() if session.target.reference else ""


def _short(reference: str) -> str:
    """Shorten a reference to the part it is looked up by: one of ours may be truncated, or in capitals."""
    return reference.lower()[:SHORTEST]


def _note(
    session: PushSession,
    record: Record,
    by_who: Mapping[tuple[str, ...], list[Doubt]],
    by_reference: Mapping[str, list[Doubt]],
    floors: Mapping[int, Floor | None],
    hits: Mapping[int, _Hits],
) -> None:
    key, reference = id_of(record, session.stream), session.target.reference
    alike = by_who.get(session.target.who(record), ())
    if reference is None:
        for doubt in alike:
            merges = session.merges(doubt.body)
            if (merges or is_new(key, floors[id(doubt)])) and session.target.same(record, doubt.body):
                hits[id(doubt)].records[key] = record
        return
    own = _reference(session, record)
    named = [one for one in by_reference.get(_short(own), ()) if is_same(own, _reference(session, one.body))]
    for doubt in named:
        if _is_hit(session, own, record, doubt):
            hits[id(doubt)].records[key] = record
    if not named:
        for doubt in alike:
            if session.spelling.equal(reference, own, _reference(session, doubt.body)):  # or known to be discarded
                hits[id(doubt)].records[key] = record
            elif session.target.same(without(record, reference), without(doubt.body, reference)):
                hits[id(doubt)].twins[key] = own


def _is_hit(session: PushSession, own: str, record: Record, doubt: Doubt) -> bool:
    """Whether a record with the doubt's reference is its own; one that others may use too needs further evidence."""
    if is_whole(own) and is_ours(own, session.ledger.id):
        return True
    return agree(session.target.evidence(record), session.target.evidence(doubt.body)) is True


async def _whole(session: PushSession, doubt: Doubt, found: Mapping[str, Record]) -> dict[str, Record]:
    """Read the records that a list shows without their persons, and keep those that equal the body, persons
    included."""
    read = {key: await read_one(session.client, session.stream, key) for key in found}
    return {
        key: record for key, record in read.items() if record is not None and session.target.same(record, doubt.body)
    }


def is_new(key: str, floor: Floor | None) -> bool:
    """Whether a record may be newer than the run's beginning."""
    return floor is None or floor.highest is None or not key.isdigit() or int(key) > floor.highest


def parameters_of(session: PushSession, doubts: Sequence[Doubt], floors: Sequence[Floor | None]) -> dict[str, str]:
    """Return the parameters that limit the list to possible records; none where they are not known for every doubt."""
    known = [(doubt.sent_at, floor) for doubt, floor in zip(doubts, floors, strict=True) if floor is not None]
    if len(known) < len(doubts):
        return {}
    match session.target.lookup:
        case Changed() if session.stream.since:
            return since(session, min(_by_the_server(at, floor) for at, floor in known))
        case Newer(parameter) if not any(session.merges(doubt.body) for doubt in doubts):
            highest = [floor.highest for _, floor in known if floor.highest is not None]
            return {parameter: str(min(highest))} if len(highest) == len(known) else {}
    return {}


def since(session: PushSession, at: datetime, overlap: timedelta = OVERLAP) -> dict[str, str]:
    """Return the parameters that request records changed since a time on the server's clock."""
    assert session.stream.since is not None
    return {session.stream.since: naive(at - overlap, session.destination.account.timezone)}


def _by_the_server(at: datetime, floor: Floor) -> datetime:
    """Return when a call was sent, by the server's clock."""
    if floor.server_date is None or floor.dated_at is None:
        return at - UNKNOWN_CLOCK
    return at + (floor.server_date - floor.dated_at)


def _finding(
    session: PushSession,
    doubt: Doubt,
    hits: _Hits,
    claimed: dict[str, object],
    ours: set[str],
    equals: Mapping[str, int],
) -> Finding:
    """Decide a doubt by its hits. A record that belongs to another row is not this one's, unless the API merges; if
    there are no more records than equal rows in doubt, each row may have any of them."""
    merges = session.merges(doubt.body)
    free = [key for key in hits.records if merges or claimed.get(key, doubt.source) == doubt.source]
    if len(free) > equals[body_hash(doubt.body)]:
        return Finding("unclear", free[0], f"Several records may be this one: {', '.join(free[:5])}.")
    if free:
        claimed[free[0]] = doubt.source
        return Finding("found", free[0], record=hits.records[free[0]])
    twins = [key for key, own in hits.twins.items() if own not in ours and key not in claimed]
    if twins:
        return Finding("unclear", twins[0], f"The same person stands there under another reference: {twins[0]}.")
    return Finding("absent")
