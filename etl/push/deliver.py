"""One job's attempt: written down, sent, and what came of it written down.

A refused connection or a 429 surely had no effect: the same job waits and goes again. All else ends here, done,
rejected, or in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from etl.errors import CredentialsRefused, TryLater
from etl.extract.request import path_of
from etl.http.client import LIMITED_TRIES
from etl.http.retry import RetryPolicy
from etl.http.send import Outcome, Sending, Verdict, send
from etl.push.compare import differences, told
from etl.push.job import Job
from etl.push.reading import at, id_of, packed, read_one
from etl.push.site import Site
from etl.state.entries import Gone, Line, State, Step, Write

REFUSED, TOLD = "refused: ", "told: "
"""How the reason of an entry in doubt begins where it must not be sent again once it proves absent."""
PAUSE = RetryPolicy(tries=5, base_s=1.0, cap_s=30.0)


@dataclass(frozen=True)
class Delivered:
    """`state` is DONE, REJECTED or UNKNOWN; `date` is the server's time, where an answer told it."""

    state: State
    reason: str | None = None
    date: datetime | None = None
    sent: bool = True


async def deliver(site: Site, job: Job) -> Delivered:
    """Attempt a job. Raises what ends the run: BudgetSpent, TryLater, CredentialsRefused; the row is then PENDING."""
    if job.action != "create":
        ended = await _before(site, job)
        if ended is not None:
            return ended
    tries = 0
    while True:
        outcome = await send(site.client, _sending(site, job), ready=partial(_intend, site, job), clock=site.clock)
        if outcome.verdict is Verdict.NOTHING:
            tries += 1
            await _not_sent(site, job, outcome, tries)
            continue
        if outcome.verdict is Verdict.FORBIDDEN:
            await site.commits.write(*_pending(site, job, outcome.message))
            raise CredentialsRefused(
                f"{site.destination.name}: the server refuses these credentials. {outcome.message}",
                remedy="Check them in etl.toml and with the vendor; what was not sent is pending.",
            )
        return await _settle(site, job, outcome)


async def _before(site: Site, job: Job) -> Delivered | None:
    """Read the record that is there, and make the body of an update. What needs no call ends here."""
    assert job.remote_id is not None
    record = await read_one(site.client, site.stream, job.remote_id)
    if record is None:
        if job.action == "delete":
            return await _ended(site, job, State.DONE, "deleted", "It was gone already.", sent=False)
        reason = "The record is not there any more."
        return await _ended(site, job, State.REJECTED, "rejected", reason, sent=False)
    job.before = dict(record)
    if job.taking_back is not None and any(differences(record, job.taking_back.sent, shown=True)):
        reason = "It has changed since, and is left as it is."
        return await _left(site, job, reason)
    if job.action == "update":
        if job.draft is not None:
            job.body = dict(site.target.merge(record, job.draft))
        assert job.body is not None
        if not any(differences(record, job.body)):
            return await _ended(site, job, State.DONE, "unchanged", None, sent=False)
    return None


async def _left(site: Site, job: Job, reason: str) -> Delivered:
    """The record is left alone; its entry stays what it was."""
    await site.commits.write(Line(site.run_id, job.line, job.source, "skipped", job.remote_id, message=reason))
    return Delivered(State.DONE, reason, sent=False)


def _sending(site: Site, job: Job) -> Sending:
    target = site.target
    call = {"create": target.create, "update": target.update, "delete": target.delete}[job.action]
    assert call is not None
    account = site.destination.account
    fields = None if job.action == "delete" else job.body
    prefix = str(account.options.get("form_prefix") or "")
    if call.form and fields and prefix:
        fields = {f"{prefix}[{name}]": value for name, value in fields.items()}
    return Sending(call.method, path_of(account, call.path, job.remote_id), fields, call.form)


async def _intend(site: Site, job: Job) -> None:
    job.sent, job.sent_at = True, site.clock.now()
    body = packed(job.body or {}).decode()
    step = Step(
        job.source, State.SENDING, job.action, job.remote_id, job.hash, body, None, site.run_id, job.line, job.sent_at
    )
    changed = packed(job.before).decode() if job.before is not None else None
    await site.commits.write(
        step, Line(site.run_id, job.line, job.source, "unknown", job.remote_id, message="sent", changed=changed)
    )


async def _not_sent(site: Site, job: Job, outcome: Outcome, tries: int) -> None:
    job.sent = False
    await site.commits.write(*_pending(site, job, outcome.message))
    limited = outcome.status is not None
    site.client.calls.limited += limited
    wait_s = (outcome.wait_s or 0.0) + PAUSE.cap_s * min(2.0**tries / 32, 1.0)
    if tries >= (LIMITED_TRIES if limited else PAUSE.tries):
        raise TryLater(
            f"{site.destination.name}: {outcome.message}",
            remedy="Run the same command again later; what was not sent is pending.",
            resume_at=site.clock.now() + timedelta(seconds=max(wait_s, 60.0)),
        )
    if limited:
        await site.client.budget.pause(wait_s)
    else:
        await site.clock.sleep(wait_s)


def _pending(site: Site, job: Job, message: str) -> tuple[Write, ...]:
    return (
        Step(job.source, State.PENDING, reason=message),
        Line(site.run_id, job.line, job.source, "pending", job.remote_id, message=message),
    )


async def _settle(site: Site, job: Job, outcome: Outcome) -> Delivered:
    """Write down what the answer means for the row."""
    gone = job.action == "delete" and outcome.status in (404, 410)
    if outcome.verdict is Verdict.REFUSED and not gone:
        return await _ended(site, job, State.REJECTED, "rejected", outcome.message, outcome)
    if outcome.verdict is Verdict.EXISTS:
        return await _doubt(site, job, outcome, f"{REFUSED}{outcome.message}")
    if outcome.verdict is Verdict.UNKNOWN:
        return await _doubt(site, job, outcome, outcome.message)
    if job.action == "create":
        return await _settle_create(site, job, outcome)
    if job.action == "update" and not _is_about(site, job.remote_id, outcome.body):
        return await _doubt(site, job, outcome, "The answer is about another record.")
    return await _ended(site, job, State.DONE, f"{job.action}d", None, outcome)


async def _settle_create(site: Site, job: Job, outcome: Outcome) -> Delivered:
    remote_id = site.target.created(outcome.status or 0, outcome.location, outcome.body)
    if remote_id is None:
        return await _doubt(site, job, outcome, "The answer does not say what was made.")
    if not _is_echo(site, job, outcome.body):
        return await _doubt(site, job, outcome, f"{TOLD}The answer is about another record ({remote_id}).")
    job.remote_id = remote_id
    merged = outcome.status == 200 and site.merges(job.body or {})
    return await _ended(site, job, State.DONE, "merged" if merged else "created", None, outcome)


def _record(site: Site, body: Any) -> Mapping[str, Any] | None:
    """The record that an answer shows, where it shows one."""
    for path in (site.stream.element.records, ""):
        found = at(body, path)
        if isinstance(found, Mapping) and at(found, site.stream.key) is not None:
            return found
    return None


def _is_about(site: Site, remote_id: str | None, body: Any) -> bool:
    record = _record(site, body)
    return record is None or id_of(record, site.stream) == remote_id


def _is_echo(site: Site, job: Job, body: Any) -> bool:
    """Whether an answer to a create shows the row that was sent, where it shows any: by the reference, if there is."""
    record, reference = _record(site, body), site.target.reference
    if record is None or job.body is None:
        return True
    if reference is not None:
        return str(told(record, reference) or "") == str(job.body.get(reference) or "")
    if site.target.same(record, job.body):
        return True
    # a merge keeps what the record had and the row has not
    said = {name: value for name, value in job.body.items() if value and isinstance(value, (str, int, float))}
    return site.merges(job.body) and not any(differences(record, said))


async def _doubt(site: Site, job: Job, outcome: Outcome, reason: str) -> Delivered:
    now, message = site.clock.now(), reason.removeprefix(REFUSED).removeprefix(TOLD)
    await site.commits.write(
        Step(job.source, State.UNKNOWN, reason=reason, at=now),
        Line(site.run_id, job.line, job.source, "unknown", job.remote_id, outcome.status, message),
    )
    return Delivered(State.UNKNOWN, reason, outcome.date)


async def _ended(
    site: Site,
    job: Job,
    state: State,
    outcome: str,
    message: str | None,
    answer: Outcome | None = None,
    *,
    sent: bool = True,
) -> Delivered:
    status = answer.status if answer else None
    line = Line(site.run_id, job.line, job.source, outcome, job.remote_id, status, message or job.note)
    if job.action == "delete" and state is State.DONE:
        await site.commits.write(Gone(job.source), line)
    elif sent:
        await site.commits.write(Step(job.source, state, remote_id=job.remote_id, reason=message), line)
    else:
        await site.commits.write(_unsent(site, job, state, message), line)
    return Delivered(state, message, answer.date if answer else None, sent)


def _unsent(site: Site, job: Job, state: State, message: str | None) -> Step:
    """The entry of a row that needed no call, whole: there may have been none before."""
    body = packed(job.body or {}).decode()
    now = site.clock.now()
    return Step(job.source, state, job.action, job.remote_id, job.hash, body, message, site.run_id, job.line, now)
