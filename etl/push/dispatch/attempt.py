"""One attempt at a job: record the intent, send it, and record the outcome.

    read the record (update, delete) -> intent durable -> one call -> seen? -> done | rejected | in doubt

A refused connection or a 429 surely had no effect: the same job waits and starts again from its reading. A write is
done when it was seen (etl.push.dispatch.proof); one that its answer does not show is read back, and is in doubt where
that does not show it either.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from etl.errors import CredentialsRefused, TryLater
from etl.http.client import LIMITED_TRIES
from etl.http.retry import RetryPolicy
from etl.http.send import Outcome, Sending, SendVerdict, send
from etl.http.turn import Turn
from etl.paginate.request import path_of
from etl.push.dispatch.before_write import before_write
from etl.push.dispatch.outcome import Delivered, end_job, leave_alone, mark_in_doubt, pending_writes
from etl.push.dispatch.proof import NOTHING, Seen, seen_in_answer, seen_in_record
from etl.push.dispatch.record import read_one, to_json
from etl.push.job import Job
from etl.push.ownership.lookalike import find_lookalike
from etl.push.prepare.call_count import is_listed, is_shown
from etl.push.session import PushSession
from etl.state.entries import Cause, EntryState, Line, Step
from etl.systems.declare import Call, Cost, Record

STALE = "The limits allow one call at a time: somebody may have changed it between its reading and its writing."
REREADS = 3
"""How often a record is read again because the budget made its write wait. Limits of one call at a time always do."""
PAUSE = RetryPolicy(tries=5, base_s=1.0, cap_s=30.0)


class Waited(Exception):
    """The budget imposed a wait between the reading and the writing."""


async def deliver(session: PushSession, job: Job) -> Delivered:
    """Attempt a job. Raises what ends the run: BudgetSpent, TryLater, CredentialsRefused; the row is then PENDING."""
    tries = 0
    while True:
        over, outcome = await _attempt(session, job)
        if over is not None or outcome is None:
            assert over is not None
            return over
        if outcome.verdict is SendVerdict.NOTHING:
            tries += 1
            await _not_sent(session, job, outcome, tries)
            continue
        if outcome.verdict is SendVerdict.FORBIDDEN:
            await session.commits.write(*pending_writes(session, job, outcome.message))
            raise CredentialsRefused(
                f"{session.destination.name}: the server refuses these credentials. {outcome.message}",
                remedy="Check them in etl.toml and with the vendor; what was not sent is pending.",
            )
        if outcome.verdict is SendVerdict.UNKNOWN and outcome.wait_s:
            await session.client.budget.pause(outcome.wait_s)
        return await _settle(session, job, outcome)


async def _attempt(session: PushSession, job: Job) -> tuple[Delivered | None, Outcome | None]:
    """Make one attempt; returns what ended the job without a call, or the outcome of the call. A record is read and
    written in one turn of the budget, so that no wait lets somebody change it in between."""
    if job.creates:
        return await _make(session, job)
    read = session.destination.account.declaration.cost(session.stream.get, session.stream.weight)
    for again in range(REREADS + 1):
        with suppress(Waited):
            async with session.client.turn(read, _cost(session, job)) as turn:
                over = await before_write(session, job, turn)
                if over is not None:
                    return over, None
                if not job.creates:
                    return None, await _send(session, job, turn, last=again == REREADS)
            return await _make(session, job)  # it is gone, and to be created again
    raise AssertionError("the last try does not look at the time")


async def _make(session: PushSession, job: Job) -> tuple[Delivered | None, Outcome | None]:
    lookalike = await find_lookalike(session, job)
    if lookalike is not None and not lookalike.send_anyway:
        return await leave_alone(session, job, "review", lookalike.reason, remote_id=lookalike.remote_id), None
    job.note = job.note or (lookalike.reason if lookalike else None)
    return None, await _send(session, job, None)


async def _send(session: PushSession, job: Job, turn: Turn | None, *, last: bool = True) -> Outcome:
    """Send one call. Raises Waited where the record that was read may be out of date, unless it is the `last` try."""

    async def ready() -> None:
        if turn is not None and not turn.together:
            if not last:
                raise Waited
            job.note = " ".join(filter(None, (job.note, STALE)))
        await _intend(session, job)

    return await send(session.client, _sending(session, job), ready=ready, clock=session.clock, turn=turn)


def _call(session: PushSession, job: Job) -> Call:
    target = session.target
    call = {"create": target.create, "update": target.update, "delete": target.delete}[job.action]
    assert call is not None
    return call


def _cost(session: PushSession, job: Job) -> Cost:
    call = _call(session, job)
    return session.destination.account.declaration.cost(call.path, call.weight)


def _sending(session: PushSession, job: Job) -> Sending:
    call = _call(session, job)
    account = session.destination.account
    body = None if job.action == "delete" else job.body
    if body is not None and call.method == "PATCH":
        body = _changing(body, job.expected or body)
    fields = None if body is None else session.target.wrap(body)
    if fields and (prefix := call.prefix.format(**account.options)):
        fields = {f"{prefix}[{name}]": value for name, value in fields.items()}
    path = path_of(account, call.path, job.remote_id)
    return Sending(call.method, path, fields, call.form, _cost(session, job))


def _changing(body: Record, expected: Record) -> dict[str, Any]:
    """The fields of a body that change, and the others of an object in which one does: it may be replaced whole."""
    within = {name.partition(".")[0] for name in expected}
    return {name: value for name, value in body.items() if name.partition(".")[0] in within}


async def _intend(session: PushSession, job: Job) -> None:
    job.sent, job.sent_at = True, session.clock.now()
    update = job.action == "update"
    step = Step(
        job.source,
        EntryState.SENDING,
        job.action,
        job.remote_id,
        job.hash,
        to_json((job.expected if update else job.body) or {}).decode(),
        None,
        session.run_id,
        job.line,
        job.sent_at,
        meant=to_json(job.sent_values).decode() if update else None,
        draft=job.former.text if update else None,
    )
    line = Line(
        session.run_id, job.line, job.source, "unknown", job.remote_id, message="sent",
        before=to_json(job.before).decode() if job.before is not None else None,
        former=job.former.text,
    )  # fmt: skip
    await session.commits.write(step, line)


async def _not_sent(session: PushSession, job: Job, outcome: Outcome, tries: int) -> None:
    job.sent = False
    await session.commits.write(*pending_writes(session, job, outcome.message))
    limited = outcome.status is not None
    session.client.calls.limited += limited
    wait_s = (outcome.wait_s or 0.0) + PAUSE.cap_s * min(2.0**tries / 32, 1.0)
    if tries >= (LIMITED_TRIES if limited else PAUSE.tries):
        raise TryLater(
            f"{session.destination.name}: {outcome.message}",
            remedy="Run the same command again later; what was not sent is pending.",
            resume_at=session.clock.now() + timedelta(seconds=max(wait_s, 60.0)),
        )
    if limited:
        await session.client.budget.pause(wait_s)
    else:
        await session.clock.sleep(wait_s)


async def _settle(session: PushSession, job: Job, outcome: Outcome) -> Delivered:
    """Record what the answer means for the row."""
    gone = job.action == "delete" and outcome.status in (404, 410)
    if outcome.verdict is SendVerdict.REFUSED and not gone:
        return await end_job(session, job, EntryState.REJECTED, "rejected", outcome.message, outcome)
    if outcome.verdict is SendVerdict.EXISTS:
        return await mark_in_doubt(session, job, outcome, outcome.message, Cause.REFUSED)
    if outcome.verdict is SendVerdict.UNKNOWN:
        return await mark_in_doubt(session, job, outcome, outcome.message, outage=True)
    if job.action == "delete":
        return await _settle_delete(session, job, outcome)
    if not outcome.parsed and not outcome.empty:
        return await mark_in_doubt(session, job, outcome, "The answer is none that the document knows.", outage=True)
    return await _settle_write(session, job, outcome)


async def _settle_write(session: PushSession, job: Job, outcome: Outcome) -> Delivered:
    if job.action == "create":
        job.remote_id = session.target.created(outcome.status or 0, outcome.location, outcome.body)
        if job.remote_id is None:
            return await mark_in_doubt(session, job, outcome, "The answer does not say what was made.")
    if is_listed(session.target, session.stream, job.action, session.options.proof):
        return await mark_in_doubt(
            session, job, outcome, "It is looked for in the list, along with the others.", listed=True
        )
    seen = await _seen(session, job, outcome)
    if seen.verdict == "misdirected":
        reason = f"The answer is about another record ({job.remote_id})." if job.action == "create" else ""
        job.remote_id = None if job.action == "create" else job.remote_id
        cause = Cause.MISDIRECTED if job.action == "create" else None
        return await mark_in_doubt(session, job, outcome, reason or "The answer is about another record.", cause)
    if seen.verdict == "unproven":
        reason = "The server says that it is done, and does not show it."
        return await mark_in_doubt(session, job, outcome, reason, Cause.UNPROVEN)
    done = {"create": "created", "update": "updated"}[job.action]
    merged = job.action == "create" and outcome.status == 200 and session.merges(job.body or {})
    return await end_job(
        session, job, EntryState.DONE, "merged" if merged else done, seen.note, outcome, record=seen.record
    )


async def _seen(session: PushSession, job: Job, outcome: Outcome) -> Seen:
    """Look for the write in its answer and, where that does not show enough, in the record itself."""
    if is_shown(session.target, job.action, session.options.proof):
        found = seen_in_answer(session, job, outcome.body)
        if found.verdict != "unproven" or session.options.proof == "answer":
            return found
    assert job.remote_id is not None
    record = await read_one(session.client, session.stream, job.remote_id)
    return NOTHING if record is None else seen_in_record(session, job, record)


async def _settle_delete(session: PushSession, job: Job, outcome: Outcome) -> Delivered:
    """Settle a delete: the record is gone if it cannot be read any more."""
    assert job.remote_id is not None
    record: Mapping[str, Any] | None = await read_one(session.client, session.stream, job.remote_id)
    if record is None or session.target.is_removed(record):
        return await end_job(session, job, EntryState.DONE, "deleted", None, outcome)
    return await mark_in_doubt(
        session, job, outcome, "The server says that it is gone, and still shows it.", Cause.UNPROVEN
    )
