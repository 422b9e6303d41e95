"""Prove a write by its answer, or by the record read back.

    proven        the right record, and every field that was sent is as the target spells it
    unproven      the write is not shown, or the record is still as it was
    misdirected   another record is shown

A field that is neither what was sent nor what it was before, and that no known spelling explains, is `odd`: if the
record itself shows it too, it is accepted as the target's own value and reported with the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from etl.push.diff.diff import Difference, differences, field_in, value_of, without
from etl.push.diff.spelling import CASE, MARKS, Spelling, bare
from etl.push.dispatch.record import id_of
from etl.push.job import Job
from etl.push.ownership.references import is_ours, is_same, is_whole
from etl.push.session import PushSession
from etl.systems.declare import Record
from etl.systems.shared.dotted import value_at
from etl.systems.shared.evidence import agree

ODD = "It reads back differently there: {}."


@dataclass(frozen=True)
class Seen:
    """What a record proves about a write; `odd` are the fields that it shows with another value."""

    verdict: Literal["proven", "unproven", "misdirected"]
    record: Record | None = None
    odd: tuple[str, ...] = ()

    @property
    def note(self) -> str | None:
        return ODD.format(", ".join(self.odd)) if self.odd else None


NOTHING = Seen("unproven")


def shown(session: PushSession, body: Any) -> Mapping[str, Any] | None:
    """Find the record in an answer, if it has one."""
    for path in (session.stream.element.records, ""):
        found = value_at(body, path)
        if isinstance(found, Mapping) and value_at(found, session.stream.key) is not None:
            return found
    return None


def seen_in_answer(session: PushSession, job: Job, body: Any) -> Seen:
    """Judge a write by its answer. One that omits a field that was sent proves nothing."""
    record = shown(session, body)
    if record is None:
        return NOTHING
    if job.action == "create":
        return _created(session, job.body or {}, record, whole=False)
    if id_of(record, session.stream) != job.remote_id:
        return Seen("misdirected", record)
    return _updated(session, job, record, whole=False)


def seen_in_record(session: PushSession, job: Job, record: Record) -> Seen:
    """Judge a write by its record, read by its id."""
    if job.action == "create":
        return seen_of_create(session, job.body or {}, record)
    return _updated(session, job, record, whole=True)


def seen_of_create(session: PushSession, body: Record, record: Record) -> Seen:
    """Judge a create by a record that its body may have made."""
    return _created(session, body, record, whole=True)


def is_about(session: PushSession, record: Record, body: Record) -> bool:
    """Whether a record is the one that a body made: by a reference of ours, else by all other evidence."""
    alike = agree(session.target.evidence(record), session.target.evidence(body))
    if reference := session.target.reference:
        sent, held = (str(value_of(one, reference) or "").strip() for one in (body, record))
        if is_same(sent, held):
            return _is_ours(session, held) or alike is not False
        if sent and held and (_is_ours(session, held) or not may_be(session, reference, sent, held)):
            return False
        record, body = without(record, reference), without(body, reference)
    if session.target.same(record, body):
        return True
    said = {name: value for name, value in body.items() if value and isinstance(value, (str, int, float))}
    # a merge keeps the record's values that the row lacks
    return alike is True and not any(differences(record, said, spelling=session.spelling, shown=True))


def _is_ours(session: PushSession, reference: str) -> bool:
    """Whether only this ledger can have made a reference."""
    return is_whole(reference) and is_ours(reference, session.ledger.id)


def may_be(session: PushSession, field: str, ours: str, shown: str) -> bool:
    """Whether a target may store our value as the one shown, by its known spellings."""
    return Spelling(session.spelling.learnt).learn(field, ours, shown) is not None


def _created(session: PushSession, body: Record, record: Record, *, whole: bool) -> Seen:
    found = list(differences(record, body))
    if not found:
        return Seen("proven", record)
    if not is_about(session, record, body):
        return Seen("misdirected", record)
    return _weighed(session, record, found, whole=whole)


def _updated(session: PushSession, job: Job, record: Record, *, whole: bool) -> Seen:
    found = list(differences(record, job.expected or {}))
    if not found:
        return Seen("proven", record)
    was = {(one.field, str(one.remote)) for one in differences(job.before or {}, job.expected or {})}
    as_it_was = [
        one
        for one in found
        if (one.field, str(one.remote)) in was and not _is_hidden(session, record, one) and not _is_spelt(session, one)
    ]
    return Seen("unproven", record) if as_it_was else _weighed(session, record, found, whole=whole)


def _weighed(session: PushSession, record: Record, found: list[Difference], *, whole: bool) -> Seen:
    """Judge differences by the spellings that explain them. If the record is `whole`, a missing field may be one that
    is never shown."""
    unshown = [one for one in found if _is_hidden(session, record, one)]
    if unshown and not whole:
        return Seen("unproven", record)
    shown_ = [one for one in found if one not in unshown]
    left = [one for one in shown_ if not _is_spelt(session, one) and not session.learn(one.field, one.ours, one.remote)]
    if left and not whole:
        return Seen("unproven", record)
    lossy = [one.field for one in shown_ if one in left or _is_lossy(session, one)]
    return Seen("proven", record, tuple(lossy))


def _is_spelt(session: PushSession, one: Difference) -> bool:
    return session.spelling.equal(one.field, one.remote, one.ours)


def _is_lossy(session: PushSession, one: Difference) -> bool:
    """Whether the target keeps less than was sent; losing part of a reference of ours does not count."""
    if is_whole(str(one.ours)):
        return False
    return bool(session.spelling.learnt[bare(one.field)] - {CASE, MARKS})


def _is_hidden(session: PushSession, record: Record, one: Difference) -> bool:
    shown = session.target.record(record)
    return field_in(shown, one.field) not in shown
