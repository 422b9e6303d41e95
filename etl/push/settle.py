"""Unknown outcomes, settled by looking: after settle_s and after twice that, and then believed.

found      DONE      absent     PENDING: the only way in which a row is ever sent again
unclear    REVIEW    absent, though the server had refused it (409): REJECTED, or told of another record: REVIEW
"""

from __future__ import annotations

from dataclasses import dataclass, field

from etl.push.compare import differences
from etl.push.deliver import REFUSED, TOLD
from etl.push.doubt import LOOKS, Doubt
from etl.push.look import Finding, find
from etl.push.reading import packed, read_one
from etl.push.site import Site
from etl.state.entries import Gone, Line, State, Step, Write

GROUPED = 0.25
"""Doubts that become due within so much of the settle time share a look."""


@dataclass
class Settled:
    """Doubts that are none any more: `known` with the entry's new state."""

    known: list[tuple[Doubt, State]] = field(default_factory=list)


class Settling:
    """All that is in doubt at one target."""

    def __init__(self, site: Site, settle_s: float) -> None:
        self._site, self._settle_s = site, settle_s
        self.doubts: list[Doubt] = []
        self._looked_at = -1e9

    def __len__(self) -> int:
        return len(self.doubts)

    def add(self, doubt: Doubt) -> None:
        self.doubts.append(doubt)

    def next_look(self) -> float:
        """When the next look is due, on the monotonic clock."""
        due = min(doubt.due_at(self._settle_s) for doubt in self.doubts)
        return max(due, self._looked_at + self._settle_s * GROUPED)

    async def look(self) -> Settled:
        """Look up what is due, and write down what is settled. Raises what the client raises."""
        now = self._site.clock.monotonic()
        self._looked_at = now
        due = [doubt for doubt in self.doubts if doubt.due_at(self._settle_s) <= now]
        creates = [doubt for doubt in due if doubt.action == "create"]
        findings = [(doubt, await self._one(doubt)) for doubt in due if doubt.action != "create"]
        if creates:
            floors = {doubt.sender[0]: self._site.ledger.floor(doubt.sender[0]) for doubt in creates if doubt.sender}
            others = [doubt for doubt in self.doubts if doubt not in due]
            findings += zip(creates, await find(self._site, creates, floors, others), strict=True)
        settled = Settled()
        for doubt, finding in findings:
            doubt.looks += 1
            if finding.kind == "found" or doubt.looks >= LOOKS:
                settled.known.append((doubt, await self._settle(doubt, finding)))
                self.doubts.remove(doubt)
        return settled

    async def _one(self, doubt: Doubt) -> Finding:
        """Whether an update or a delete took effect, by the record itself."""
        assert doubt.remote_id is not None
        record = await read_one(self._site.client, self._site.stream, doubt.remote_id)
        if doubt.action == "delete":
            return Finding("absent" if record else "found", doubt.remote_id)
        if record is None:
            return Finding("unclear", doubt.remote_id, "The record is not there any more.")
        return Finding("absent" if any(differences(record, doubt.body, shown=True)) else "found", doubt.remote_id)

    async def _settle(self, doubt: Doubt, finding: Finding) -> State:
        state, outcome, message = _verdict(doubt, finding)
        # a second look that misses an update leaves the record as it was: DONE, but not with this content
        writes: list[Write] = [self._step(doubt, finding, state, message)]
        for run_id, line in _lines_of(doubt, self._site.run_id):
            told = message or (doubt.job.note if doubt.job else None)
            writes.append(Line(run_id, line, doubt.source, outcome, finding.remote_id, message=told))
        await self._site.commits.write(*writes)
        return state

    def _step(self, doubt: Doubt, finding: Finding, state: State, message: str | None) -> Write:
        if doubt.action == "delete" and state is State.DONE:
            return Gone(doubt.source)
        sender = doubt.sender or (self._site.run_id, doubt.job.line if doubt.job else 0)
        return Step(
            doubt.source,
            state,
            doubt.action,
            finding.remote_id,
            doubt.hash,
            packed(doubt.body).decode(),
            message,
            *sender,
            self._site.clock.now(),
        )


def _verdict(doubt: Doubt, finding: Finding) -> tuple[State, str, str | None]:
    if finding.kind == "found":
        return State.DONE, f"{doubt.action}d", None
    if finding.kind == "unclear":
        return State.REVIEW, "review", finding.reason
    if doubt.reason.startswith(REFUSED):
        return State.REJECTED, "rejected", doubt.reason.removeprefix(REFUSED)
    if doubt.reason.startswith(TOLD):
        return State.REVIEW, "review", doubt.reason.removeprefix(TOLD)
    return State.PENDING, "pending", "It was sent, and is surely not there."


def _lines_of(doubt: Doubt, run_id: str) -> set[tuple[str, int]]:
    """The lines that tell of it: its sender's, and this run's where its row is in the input."""
    lines = {doubt.sender} if doubt.sender else set()
    return lines | ({(run_id, doubt.job.line)} if doubt.job else set())
