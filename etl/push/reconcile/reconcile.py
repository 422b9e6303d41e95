"""Settle unknown outcomes by two look-ups, after settle_s and after twice that.

found      DONE      absent     PENDING: the only way in which a row is ever sent again, with its original action
unclear    REVIEW    absent after the server had refused it (409): REJECTED, or had shown another record: REVIEW
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from etl.push.diff.diff import differences
from etl.push.dispatch.proof import is_about, seen_of_create
from etl.push.dispatch.record import id_of, read_one, to_json
from etl.push.reconcile.in_doubt import LOOKUPS, Doubt
from etl.push.reconcile.search import Finding, find
from etl.push.reconcile.target_list import read_list
from etl.push.session import PushSession
from etl.state.entries import Cause, EntryState, Gone, Line, Step, Write
from etl.systems.declare import Never, Record

MAX_DOUBTS = 5000
"""The most doubts held before they are settled."""
BATCH = 250
"""The number of doubts settled in one transaction."""
NEVER = "It was sent, and nothing tells whether it is there: look for it, and decide."
GROUPED = 0.25
"""Doubts that become due within this share of the settle time share a look-up."""


@dataclass
class Settled:
    """The doubts that a look-up settled: `states`, each with the entry's new state."""

    states: list[tuple[Doubt, EntryState]] = field(default_factory=list)


class Reconciliation:
    """All doubts at one target."""

    def __init__(self, session: PushSession, settle_s: float) -> None:
        self._session, self._settle_s = session, settle_s
        self.doubts: list[Doubt] = []
        self.listed: list[Doubt] = []
        """Doubts whose record has an id, and only needs to be seen in the list."""
        self._looked_at = -1e9

    def __len__(self) -> int:
        return len(self.doubts)

    def add(self, doubt: Doubt) -> None:
        self.doubts.append(doubt)

    def next_lookup(self) -> float:
        """Return when the next look-up is due, on the monotonic clock."""
        due = min(doubt.due_at(self._settle_s) for doubt in self.doubts)
        return max(due, self._looked_at + self._settle_s * GROUPED)

    async def settle_listed(self) -> Settled:
        """Read the list once, and settle all doubts that it shows; the others are looked up from now on."""
        settled, waiting = Settled(), self.listed
        self.listed = []
        try:
            records = await self._listed({doubt.remote_id for doubt in waiting if doubt.remote_id})
        except BaseException:
            self.listed = waiting
            raise
        seen: list[tuple[Doubt, Finding]] = []
        for doubt in waiting:
            record = records.get(doubt.remote_id or "")
            if record is not None and is_about(self._session, record, doubt.body):
                seen.append((doubt, Finding("found", doubt.remote_id, record=record)))
            else:
                doubt.since = self._session.clock.monotonic()
                self.doubts.append(doubt)
        await self._settle_all(seen, settled)
        return settled

    async def _listed(self, wanted: set[str]) -> dict[str, Record]:
        found: dict[str, Record] = {}

        def note(records: list[Record]) -> None:
            found.update((key, one) for one in records if (key := id_of(one, self._session.stream)) in wanted)

        await read_list(self._session.client, self._session.stream, {}, note)
        return found

    async def look_up(self) -> Settled:
        """Look up the doubts that are due, and record those that are settled. Raises what the client raises."""
        now = self._session.clock.monotonic()
        self._looked_at = now
        due = [doubt for doubt in self.doubts if doubt.due_at(self._settle_s) <= now]
        creates = [doubt for doubt in due if doubt.action == "create"]
        findings = [(doubt, await self._one(doubt)) for doubt in due if doubt.action != "create"]
        made = [(doubt, found) for doubt in creates if (found := await self._made(doubt)) is not None]
        findings += made
        creates = [doubt for doubt in creates if doubt not in [one for one, _ in made]]
        if isinstance(self._session.target.lookup, Never):
            findings += [(doubt, Finding("unclear", reason=NEVER)) for doubt in creates]
        elif creates:
            floors = {doubt.sender[0]: self._session.ledger.floor(doubt.sender[0]) for doubt in creates}
            others = [doubt for doubt in (*self.doubts, *self.listed) if doubt not in due]
            findings += zip(creates, await find(self._session, creates, floors, others), strict=True)
        settled, over = Settled(), list[tuple[Doubt, Finding]]()
        for doubt, finding in findings:
            doubt.lookups += 1
            if finding.kind == "found" or doubt.lookups >= LOOKUPS:
                over.append((doubt, finding))
        await self._settle_all(over, settled)
        return settled

    async def _one(self, doubt: Doubt) -> Finding:
        """Find out from the record whether an update or a delete took effect."""
        assert doubt.remote_id is not None
        record = await read_one(self._session.client, self._session.stream, doubt.remote_id)
        is_gone = record is None or self._session.target.is_removed(record)
        if doubt.action == "delete":
            return Finding("found" if is_gone else "absent", doubt.remote_id)
        if record is None or is_gone:
            return Finding("absent", doubt.remote_id)
        own = self._session.target.record(record)
        missing = any(differences(own, doubt.body, spelling=self._session.spelling, shown=True))
        return Finding("absent" if missing else "found", doubt.remote_id, record=record)

    async def _made(self, doubt: Doubt) -> Finding | None:
        """Check whether the record that an answer named is the row's; None where it named none, or it is gone."""
        if doubt.remote_id is None:
            return None
        record = await read_one(self._session.client, self._session.stream, doubt.remote_id)
        if record is None:
            return None
        if is_about(self._session, record, doubt.body):
            return Finding("found", doubt.remote_id, record=record)
        return Finding("unclear", doubt.remote_id, "The record that the answer named does not show the row.")

    async def _settle_all(self, over: Sequence[tuple[Doubt, Finding]], settled: Settled) -> None:
        """Record the findings, many in one transaction, and remove those doubts."""
        for start in range(0, len(over), BATCH):
            batch = over[start : start + BATCH]
            states = await asyncio.gather(*(self._settle(doubt, finding) for doubt, finding in batch))
            settled.states += ((doubt, state) for (doubt, _), state in zip(batch, states, strict=True))
            gone = {id(doubt) for doubt, _ in batch}
            self.doubts = [doubt for doubt in self.doubts if id(doubt) not in gone]

    async def _settle(self, doubt: Doubt, finding: Finding) -> EntryState:
        state, outcome, message = _verdict(doubt, finding)
        record = finding.record if state is EntryState.DONE else None
        if record is not None and doubt.action == "create":
            message = seen_of_create(self._session, doubt.body, record).note
        after = None if record is None else to_json(record).decode()
        writes: list[Write] = [self._step(doubt, finding, state, message, after)]
        earlier = doubt.sender[0] != self._session.run_id  # a line of this run has these values already
        first = self._session.ledger.line(*doubt.sender) if earlier else None
        for run_id, line in sorted(_lines_of(doubt, self._session.run_id)):
            writes.append(
                Line(
                    run_id, line, doubt.source, outcome, finding.remote_id,
                    message=message or (doubt.job.note if doubt.job else None), after=after,
                    before=first.before if first else None, former=first.former if first else None,
                )
            )  # fmt: skip
        await self._session.commits.write(*writes)
        return state

    def _step(self, doubt: Doubt, finding: Finding, state: EntryState, message: str | None, after: str | None) -> Write:
        if doubt.action == "delete" and state is EntryState.DONE:
            return Gone(doubt.source)
        values = to_json(doubt.sent_values).decode()
        known = finding.remote_id or (doubt.remote_id if doubt.action != "create" else None)
        return Step(
            doubt.source, state, doubt.action, known, doubt.hash, to_json(doubt.body).decode(), message, *doubt.sender,
            self._session.clock.now(), meant=values, draft=values if state is EntryState.DONE else None, base=after,
        )  # fmt: skip


def _verdict(doubt: Doubt, finding: Finding) -> tuple[EntryState, str, str | None]:
    if finding.kind == "found":
        return EntryState.DONE, f"{doubt.action}d", None
    if finding.kind == "unclear":
        return EntryState.REVIEW, "review", finding.reason
    if doubt.cause is Cause.REFUSED:
        return EntryState.REJECTED, "rejected", doubt.reason
    if doubt.cause is Cause.MISDIRECTED:
        return EntryState.REVIEW, "review", doubt.reason
    return EntryState.PENDING, "pending", "It was sent, and is surely not there."


def _lines_of(doubt: Doubt, run_id: str) -> set[tuple[str, int]]:
    """Return the lines to update: the sender's, and this run's if the row is in its input."""
    return {doubt.sender} | ({(run_id, doubt.job.line)} if doubt.job else set())
