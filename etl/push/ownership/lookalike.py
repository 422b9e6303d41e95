"""Look, before a record is created, for an existing one that may already be the row's."""

from __future__ import annotations

from dataclasses import dataclass

from etl.push.dispatch.proof import is_about
from etl.push.dispatch.record import id_of, read_one
from etl.push.job import Job
from etl.push.ownership.existing import candidates, is_alike
from etl.push.reconcile.search import is_new
from etl.push.session import PushSession
from etl.state.entries import EntryState, Source
from etl.systems.declare import Record

MERGES = "The API would merge it into record {}, which is not known as this row's."
THERE = "It looks like record {}, which stands there already and is not known as ours."
OTHERS = "It looks like record {}, which is known as row {} of {}."
TWIN = "It looks like record {}, which was made of row {}: both go."
FEW = 10
"""The most lookalikes that are read; with more of them the row goes to review."""


@dataclass(frozen=True)
class Lookalike:
    """A record that may be the row's, or that the API would merge with it, and why. With `send_anyway` the row is sent
    all the same: another row of its own table owns that record, and two keys are two records."""

    remote_id: str
    reason: str
    send_anyway: bool = False


async def find_lookalike(session: PushSession, job: Job) -> Lookalike | None:
    """Find the record that stands in the way of a create, or None. A person's decision that the row is new is
    respected, unless the API would merge it all the same."""
    body = job.body or {}
    natural_key = session.target.natural_key(body) if session.target.merges else None
    found = candidates(session, [body])[0] if job.candidates is None else job.candidates
    claimed = session.ledger.claimed(found) if found else {}
    twin = None
    for key in [key for key in found if claimed.get(key) != job.source][:FEW]:
        record = await read_one(session.client, session.stream, key)
        if record is None or session.target.is_removed(record):
            continue
        owner = claimed.get(key) or _sender_of(session, job, record)
        if owner is None and natural_key is not None and session.target.natural_key(record) == natural_key:
            return Lookalike(key, MERGES.format(key))
        if job.claim != "new" and is_alike(session, record, body):
            if owner is None or owner[:2] != job.source[:2]:
                return Lookalike(key, _reason(key, owner))
            twin = twin or Lookalike(key, TWIN.format(key, owner.key), send_anyway=True)
    many = len(found) > FEW and job.claim != "new"
    return twin or (Lookalike(found[0], THERE.format(", ".join(found[:3]))) if many else None)


def _sender_of(session: PushSession, job: Job, record: Record) -> Source | None:
    """Find the row with a create in doubt that made this record: it owns it, though that is not settled yet.

    Creates that this run is sending do not count: the record was there before the first of them.
    """
    for entry in session.ledger.in_doubt():
        if entry.state is not EntryState.UNKNOWN or entry.action != "create" or entry.source == job.source:
            continue
        after = is_new(id_of(record, session.stream), session.ledger.floor(entry.run_id))
        if after and is_about(session, record, entry.body.value):
            return entry.source
    return None


def _reason(key: str, owner: Source | None) -> str:
    if owner is None:
        return THERE.format(key)
    table = ".".join(part for part in owner[:2] if part)
    return OTHERS.format(key, owner.key, table or "a table without a name")
