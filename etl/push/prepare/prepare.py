"""Decide what is to be done with each row, from its draft, its ledger entry and the records at the target.

skipped | rejected | unchanged | review      need no call
jobs                                         create, update, delete
in doubt                                     an earlier call is settled first, then the row is prepared again
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from etl.push.diff.three_way import changes_of
from etl.push.dispatch.record import to_json
from etl.push.input.rows import InputRow
from etl.push.job import Claim, Job
from etl.push.ownership.existing import candidates, own_record
from etl.push.prepare.draft import draft_for_existing, draft_of, empty_columns, row_hash
from etl.push.prepare.losses import EXAMPLES
from etl.push.prepare.match import KINDS, Matches
from etl.push.prepare.wording import MARKED, STRICT, columns_of, doubts_of, reasons_of, together
from etl.push.push_order import Order
from etl.push.session import PushSession
from etl.state.entries import Choice, Decision, EntryState, LedgerEntry, Line, Source, Step
from etl.state.redaction import is_forgotten
from etl.systems.declare import Draft, Problem
from etl.systems.shared.dotted import value_at
from etl.systems.shared.evidence import agree

MOST = 20
"""The most records shown beside a row in review."""
LOCAL: Claim = "local"
MATCH: Claim = "match"
OWN: Claim = "reference"
LATER = "It has changed since it was sent, and the API has no way to change it."
ALIKE = "It looks like the same as row {}, under another key: both go."
NOT_THERE = "It is not known at the target: push it with --mode create first, or say with --match how to find it."
OTHER = (
    "Under this key somebody else was sent: name, e-mail, phone and address all differ. "
    "Name the table with --source if it is another one, or say with etl review that it is the same."
)
LEFT_OUT = "Left out, as was decided in review."
NO_NAMES: Mapping[str, str] = {}
CLAIMED = "Record {} is known as another row's ({})."


@dataclass
class Prepared:
    """A prepared slice: rows that need no call, jobs that do, and rows with an earlier call in doubt."""

    lines: list[Line] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    in_doubt: list[tuple[Job, LedgerEntry, Again]] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[int]] = field(default_factory=dict)
    lookalikes: int = 0
    doubtful: Counter[str] = field(default_factory=Counter)

    def count(self, into: Counter[str], names: Collection[str], line: int) -> None:
        """Count what is to be told of a row, with the first rows of each as examples."""
        into.update(names)
        for name in names:
            lines = self.examples.setdefault(name, [])
            if len(lines) < EXAMPLES:
                lines.append(line + 1)


Again = Callable[[], Prepared]
"""Prepares a row again, once its doubt is settled."""


class Preparing:
    """Prepares slices of rows. `matches` finds remote ids for rows that the ledger does not know, if --match was given.
    `columns` are those of our columns that the file has, `names` the file's own names of them."""

    def __init__(
        self,
        order: Order,
        session: PushSession,
        matches: Matches | None,
        columns: frozenset[str],
        names: Mapping[str, str] = NO_NAMES,
    ) -> None:
        self._order, self._session, self._ledger = order, session, session.ledger
        self._matches, self._columns, self._names = matches, columns, names
        self._decisions: Mapping[Source, Decision] = self._ledger.decisions()
        self._taken: dict[str, Source] = {}

    def prepare(self, rows: Sequence[InputRow]) -> Prepared:
        """Prepare a slice. Reads the ledger; writes nothing."""
        known = self._ledger.entries_of(one.source for one in rows if not one.error)
        prepared = Prepared()
        for one in rows:
            self._sort_out(one, known.get(one.source), prepared)
        made = [job for job in prepared.jobs if job.creates]
        for job, ids in zip(made, candidates(self._session, [job.body or {} for job in made]), strict=True):
            job.candidates = ids
        return prepared

    def _again(self, input_row: InputRow) -> Prepared:
        return self.prepare([input_row])

    def _sort_out(self, input_row: InputRow, entry: LedgerEntry | None, prepared: Prepared) -> None:
        decision = self._decisions.get(input_row.source)
        if input_row.skipped:
            prepared.lines.append(self._line(input_row, "skipped", input_row.skipped))
        elif input_row.error:
            field_ = input_row.field or (None if input_row.source.key else self._order.key or "source_id")
            rejected = self._line(input_row, "rejected", input_row.error, field=field_, suggestion=input_row.suggestion)
            prepared.lines.append(rejected)
        elif decision is not None and decision.choice is Choice.SKIP:
            prepared.lines.append(self._line(input_row, "skipped", LEFT_OUT))
        elif entry is not None and entry.open:
            job = Job(input_row.line, input_row.source, "create", None)
            prepared.in_doubt.append((job, entry, partial(self._again, input_row)))
        elif entry is not None and entry.state is EntryState.REVIEW:
            prepared.lines.append(self._line(input_row, "review", entry.reason, remote_id=entry.remote_id))
        else:
            self._act(input_row, entry, decision, prepared)

    def _act(
        self, input_row: InputRow, entry: LedgerEntry | None, decision: Decision | None, prepared: Prepared
    ) -> None:
        job = Job(input_row.line, input_row.source, "create", None, row_hash(input_row.row, self._order.clear_empty))
        job.note = input_row.note
        if input_row.lookalike_of is not None and self._order.mode != "delete":
            job.note = together(job.note, ALIKE.format(input_row.lookalike_of + 1))
            prepared.lookalikes += 1
        undecided = self._recognise(input_row, job, entry, decision)
        if undecided is not None:
            prepared.lines.append(undecided)
        elif job.remote_id is None:
            self._make(input_row, job, prepared)
        elif (
            entry is not None
            and entry.state is EntryState.DONE
            and entry.hash == job.hash
            and self._order.mode != "delete"
        ):
            prepared.lines.append(self._line(input_row, "unchanged", job.note, remote_id=job.remote_id))
        else:
            self._change(input_row, job, entry, prepared)

    # -- which record belongs to the row ---------------------------------------------------------------

    def _recognise(
        self, input_row: InputRow, job: Job, entry: LedgerEntry | None, decision: Decision | None
    ) -> Line | None:
        """Find the row's record, and why it is taken for that; returns a line where a person has to decide."""
        if entry is not None and entry.remote_id is not None:
            job.link(entry)
            if decision is not None and decision.choice is Choice.ACCEPT and not entry.hash:
                job.claim = "accepted"
        elif decision is not None and decision.choice is Choice.ACCEPT:
            job.remote_id, job.claim = decision.remote_id, "accepted"
        elif decision is not None and decision.choice is Choice.NEW:
            job.claim = "new"
        elif (own := self._own(input_row)) is not None:
            job.remote_id, job.claim = own
        else:
            return self._found(input_row, job)
        return None

    def _found(self, input_row: InputRow, job: Job) -> Line | None:
        """Find the record by its id, if the row returns to its own stream, or by --match."""
        if input_row.row.local and input_row.source.stream == self._session.target.stream:
            ids, claim = [input_row.source.key], LOCAL
        elif self._matches is not None:
            ids, claim, job.matched_by = self._matches.ids_of(input_row.row.values), MATCH, KINDS[self._matches.by]
        else:
            return None
        if len(ids) > 1:
            several = f"Several records match: {', '.join(ids[:5])}."
            return self._for_review(input_row, job, several, ids)
        for found in ids:
            others = {**self._ledger.claimed(ids), **{key: self._taken[key] for key in ids if key in self._taken}}
            if others and others[found] != input_row.source:
                return self._for_review(input_row, job, CLAIMED.format(found, others[found].key), [found])
            job.remote_id, job.claim = found, claim
            self._taken[found] = input_row.source
        return None

    def _own(self, input_row: InputRow) -> tuple[str, Claim] | None:
        """Find the record with the reference that only this ledger gives the row; a truncated one needs proof."""
        existing = self._session.existing
        found = own_record(self._session, existing, input_row.source) if existing and existing.ours else None
        return (
            None if found is None else (str(value_at(found[0], self._session.stream.key)), OWN if found[1] else MATCH)
        )

    def _is_another(self, input_row: InputRow, job: Job) -> bool:
        """Whether all evidence says that the row last sent under this key was somebody else."""
        draft = job.draft or self._draft_for_existing(input_row, job)
        if not isinstance(draft, Draft) or job.claim != "ledger" or not job.former:
            return False
        former, evidence = job.former.value, self._session.target.evidence
        if is_forgotten(former):
            return False  # the record itself is compared before it is written
        return agree(evidence(former), evidence(draft.body)) is False

    # -- what is to be done ----------------------------------------------------------------------------

    def _make(self, input_row: InputRow, job: Job, prepared: Prepared) -> None:
        if self._order.mode in ("update", "delete"):
            prepared.lines.append(self._line(input_row, "rejected", NOT_THERE))
            return
        draft = self._draft(input_row)
        if not isinstance(draft, Draft):
            prepared.lines.append(self._rejected(input_row, draft))
            return
        if self._is_too_doubtful(input_row, job, prepared):
            return
        prepared.count(prepared.dropped, draft.dropped, input_row.line)
        prepared.filled.update(draft.filled)
        job.draft, job.body = draft, dict(draft.body)
        prepared.jobs.append(job)

    def _change(self, input_row: InputRow, job: Job, entry: LedgerEntry | None, prepared: Prepared) -> None:
        draft = self._draft_for_existing(input_row, job)
        if self._order.mode == "delete":
            job.action, job.draft = "delete", draft if isinstance(draft, Draft) else Draft({})
            prepared.jobs.append(job)
            return
        if not isinstance(draft, Draft):
            prepared.lines.append(self._rejected(input_row, draft))
            return
        job.draft = draft
        if self._is_another(input_row, job):
            prepared.lines.append(self._for_review(input_row, job, OTHER, [job.remote_id or ""]))
            return
        former = job.former.value if job.former else None
        job.emptied_columns = empty_columns(input_row.row, self._columns) if self._order.clear_empty else frozenset()
        done = entry is not None and entry.state is EntryState.DONE and job.former
        if done and not job.emptied_columns and not changes_of(former, draft.body, self._session.target.additive):
            prepared.lines.append(self._line(input_row, "unchanged", job.note, remote_id=job.remote_id))
            prepared.steps.append(Step(job.source, EntryState.DONE, hash=job.hash))
            return
        if self._session.target.update is None:
            prepared.lines.append(self._line(input_row, "skipped", LATER, remote_id=job.remote_id))
            return
        if self._is_too_doubtful(input_row, job, prepared):
            return
        prepared.count(prepared.dropped, draft.dropped, input_row.line)
        job.action, job.recreate = "update", partial(self._draft, input_row)
        prepared.jobs.append(job)

    def _is_too_doubtful(self, input_row: InputRow, job: Job, prepared: Prepared) -> bool:
        """Note what is doubtful of a row that is about to be sent; a strict order rejects it."""
        flags = doubts_of(input_row)
        if not flags:
            return False
        if self._order.strict:
            reason = STRICT.format(", ".join(flags))
            prepared.lines.append(self._line(input_row, "rejected", reason, field=columns_of(flags)))
            return True
        job.note = together(job.note, MARKED.format(", ".join(flags)))
        prepared.count(prepared.doubtful, flags, input_row.line)
        return False

    def _draft(self, input_row: InputRow) -> Draft | list[Problem]:
        return draft_of(input_row, self._order, self._session.destination, self._ledger.id)

    def _draft_for_existing(self, input_row: InputRow, job: Job) -> Draft | list[Problem]:
        return draft_for_existing(input_row, self._order, self._session.destination, job.former.value, self._columns)

    def _rejected(self, input_row: InputRow, problems: Sequence[Problem]) -> Line:
        reasons = reasons_of(problems, input_row.row.values, self._names)
        fields = ", ".join(dict.fromkeys(problem.field for problem in problems))
        suggestions = "; ".join(dict.fromkeys(problem.suggestion for problem in problems if problem.suggestion))
        return self._line(input_row, "rejected", reasons, field=fields, suggestion=suggestions or None)

    def _for_review(self, input_row: InputRow, job: Job, message: str, ids: Sequence[str]) -> Line:
        """Make a line with all that a person needs to decide: the row's values, and the records it may be about."""
        draft = job.draft or self._draft_for_existing(input_row, job)
        said = to_json(draft.body).decode() if isinstance(draft, Draft) else None
        line = self._line(input_row, "review", message, remote_id=ids[0])
        return line._replace(said=said, candidates=tuple(ids[:MOST]))

    def _line(
        self,
        input_row: InputRow,
        outcome: str,
        message: str | None,
        *,
        remote_id: str | None = None,
        field: str | None = None,
        suggestion: str | None = None,
    ) -> Line:
        return Line(
            self._session.run_id, input_row.line, input_row.source, outcome, remote_id, None, message, field, suggestion
        )
