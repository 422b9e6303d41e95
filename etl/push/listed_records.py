"""The records of a run as the target's list shows them, and duplicates of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from etl.push.dispatch.record import id_of
from etl.push.earlier_runs import sent_rows
from etl.push.reconcile.target_list import read_list
from etl.push.session import PushSession
from etl.systems.declare import Record

CREATED = ("created", "merged", "updated", "unchanged")


@dataclass
class ListedRecords:
    """The run's `records` by id, and the ids of their `twins`: records that belong to no row and are equal in all
    fields that tell records apart."""

    records: dict[str, Record] = field(default_factory=dict)
    twins: dict[str, list[str]] = field(default_factory=dict)


async def read_listed(session: PushSession, run_id: str) -> ListedRecords:
    """Read the target's list once. Raises what the client raises."""
    listed, said = ListedRecords(), _said(session, run_id)
    by_who: dict[tuple[str, ...], list[str]] = {}
    for key, body in said.items():
        by_who.setdefault(session.target.who(body), []).append(key)
    alike: dict[str, list[str]] = {}

    def note(records: list[Record]) -> None:
        for record in records:
            key = id_of(record, session.stream)
            if key in said:
                listed.records[key] = record
            elif not session.target.is_removed(record):
                alike.setdefault(key, []).extend(by_who.get(session.target.who(record), ()))

    if said:
        await read_list(session.client, session.stream, {}, note)
    claimed = session.ledger.claimed(key for key, ours in alike.items() if ours)
    for key, ours in alike.items():
        for one in ours if key not in claimed else ():
            listed.twins.setdefault(one, []).append(key)
    return listed


def _said(session: PushSession, run_id: str) -> dict[str, Record]:
    """Map the id of each record of the run to its row's values."""
    return {
        past.line.remote_id: past.entry.said.value if past.entry else {}
        for batch in sent_rows(session.ledger, run_id, CREATED)
        for past in batch
        if past.line.remote_id
    }
