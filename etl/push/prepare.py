"""What is to be done with each row, by its draft and by what the ledger knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from etl.push.job import Job
from etl.push.match import Matches
from etl.push.order import Destination, Order
from etl.push.reading import hashed
from etl.push.rows import Given
from etl.state.entries import Entry, Line, Source, State
from etl.state.ledger import Ledger
from etl.targets.declare import Draft, Drafting, Problem

LATER = "It has changed since it was sent, and the API has no way to change it."
ALIKE = "It looks like the same as row {}, under another key: both go."
NOT_THERE = "It is not known at the target: push it with --mode create first, or say with --match how to find it."


@dataclass
class Prepared:
    """A slice sorted out: rows that need no call, jobs that do, and jobs of which the ledger is not sure."""

    lines: list[Line] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    doubted: list[tuple[Job, Entry | None]] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)
    alike: int = 0


class Preparing:
    """`matches` finds remote ids for rows that the ledger does not know, where --match was given."""

    def __init__(
        self, order: Order, destination: Destination, ledger: Ledger, run_id: str, matches: Matches | None = None
    ) -> None:
        self._order, self._destination, self._ledger, self._run_id = order, destination, ledger, run_id
        self._matches = matches
        self._taken: dict[str, Source] = {}

    def prepare(self, given: Sequence[Given]) -> Prepared:
        """Sort a slice out. Reads the ledger; writes nothing."""
        known = self._ledger.found(one.source for one in given if not one.trouble)
        prepared = Prepared()
        for one in given:
            if one.skipped:
                prepared.lines.append(self._line(one, "skipped", one.skipped))
            elif one.trouble:
                field_ = None if one.source.key else self._order.key or "source_id"
                prepared.lines.append(self._line(one, "rejected", one.trouble, field=field_))
            else:
                self._sort_out(one, known.get(one.source), prepared)
        return prepared

    def _sort_out(self, given: Given, entry: Entry | None, prepared: Prepared) -> None:
        draft = None if self._order.mode == "delete" else draft_of(given, self._order, self._destination)
        if isinstance(draft, list):
            prepared.lines.append(self._rejected(given, draft))
            return
        for total, names in ((prepared.dropped, draft.dropped), (prepared.filled, draft.filled)) if draft else ():
            for name in names:
                total[name] = total.get(name, 0) + 1
        job = Job(given.line, given.source, "create", draft, hashed(draft.body) if draft else "")
        if given.alike is not None and self._order.mode != "delete":
            job.note = ALIKE.format(given.alike + 1)
            prepared.alike += 1
        if entry is not None and entry.state in (State.UNKNOWN, State.SENDING):
            prepared.doubted.append((job, entry))
        elif entry is not None and entry.state is State.REVIEW:
            prepared.lines.append(self._line(given, "review", entry.reason, remote_id=entry.remote_id))
        elif entry is None and self._ledger.rebuilt_at is not None and self._order.mode == "create":
            prepared.doubted.append((job, None))
        else:
            self._act(given, job, entry, prepared)

    def _act(self, given: Given, job: Job, entry: Entry | None, prepared: Prepared) -> None:
        job.remote_id = (entry.remote_id if entry else None) or self._local_id(given)
        if job.remote_id is None and self._matches is not None:
            trouble = self._match(given, job, self._matches)
            if trouble:
                prepared.lines.append(self._line(given, "review", trouble))
                return
        line = self._needs_no_call(given, job, entry)
        if line is not None:
            prepared.lines.append(line)
            return
        if job.remote_id is None:
            job.body = dict(job.draft.body) if job.draft else {}
        else:
            job.action = "delete" if self._order.mode == "delete" else "update"
        prepared.jobs.append(job)

    def _needs_no_call(self, given: Given, job: Job, entry: Entry | None) -> Line | None:
        mode = self._order.mode
        if job.remote_id is None:
            return self._line(given, "rejected", NOT_THERE) if mode in ("update", "delete") else None
        if mode == "delete":
            return None
        if entry is not None and entry.state is State.DONE and entry.hash == job.hash:
            return self._line(given, "unchanged", None, remote_id=job.remote_id)
        if self._destination.target.update is None:
            return self._line(given, "skipped", LATER, remote_id=job.remote_id)
        return None

    def _match(self, given: Given, job: Job, matches: Matches) -> str | None:
        """Find the row's record by --match; what speaks against taking it."""
        ids = matches.found(given.row.values)
        if len(ids) > 1:
            return f"Several records match by {matches.by}: {', '.join(ids[:5])}."
        if not ids:
            return None
        others = {**self._ledger.claimed(ids), **{key: self._taken[key] for key in ids if key in self._taken}}
        if others and others[ids[0]] != given.source:
            return f"Record {ids[0]} matches by {matches.by}, and is known as another row's ({others[ids[0]].key})."
        job.remote_id = ids[0]
        self._taken[ids[0]] = given.source
        return None

    def _local_id(self, given: Given) -> str | None:
        """A row that goes back to the account it came from has its id with it."""
        back = given.row.local and given.source.stream == self._destination.target.stream
        return given.source.key if back else None

    def _rejected(self, given: Given, problems: Sequence[Problem]) -> Line:
        reasons = " ".join(dict.fromkeys(problem.reason for problem in problems))
        fields = ", ".join(dict.fromkeys(problem.field for problem in problems))
        suggestions = "; ".join(dict.fromkeys(problem.suggestion for problem in problems if problem.suggestion))
        return self._line(given, "rejected", reasons, field=fields, suggestion=suggestions or None)

    def _line(
        self,
        given: Given,
        outcome: str,
        message: str | None,
        *,
        remote_id: str | None = None,
        field: str | None = None,
        suggestion: str | None = None,
    ) -> Line:
        return Line(
            self._run_id,
            given.line,
            given.source,
            outcome,
            remote_id,
            None,
            message,
            field=field,
            suggestion=suggestion,
        )


def draft_of(given: Given, order: Order, destination: Destination) -> Draft | list[Problem]:
    """The body that a row amounts to, with the reference that goes along, or what is wrong with it."""
    target = destination.target
    reference = None
    if target.reference is not None:
        own = given.row.values.get("reference") if order.reference == "own" and given.unique else None
        reference = str(own) if own else derived(given.source)
    return target.draft(given.row, Drafting(reference, destination.account.defaults))


def derived(source: Source) -> str:
    """The reference made of a ledger key: where the row came from, and its id there."""
    return f"{'.'.join(part for part in source[:2] if part) or 'row'}/{source.key}"
