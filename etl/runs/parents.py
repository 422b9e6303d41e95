"""The records of another stream for each of which a stream is asked: those of one extraction, so that a later run that
goes on with it asks for the same ones, in the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from etl.config.settings import Account
from etl.decode.erased import places
from etl.decode.fast import key_of
from etl.errors import UsageError
from etl.paginate.request import PARENTS
from etl.runs.workspace import StateFolder
from etl.state.journal import Extraction
from etl.systems.declare import PARENT, Stream
from etl.tables.landed import decoded


def newest_parents(state: StateFolder, account: Account, stream: Stream, tenant: str) -> int:
    """Return the newest complete extraction of the stream for whose records this one is asked. Raises UsageError."""
    assert stream.for_each is not None
    found = state.journal.latest_complete(account.name, stream.for_each, tenant=tenant)
    if not found:
        name, of = f"{account.name}.{stream.name}", f"{account.name}.{stream.for_each}"
        raise UsageError(
            f"{name} is asked for each record of {of}, and nothing complete has landed of that.",
            remedy=f"Export both: etl export {of} {name}",
        )
    return found[-1].id


def parents_of(state: StateFolder, account: Account, stream: Stream, tenant: str, number: int) -> list[str]:
    """Return the ids of the records that stood there when that extraction was complete, each once; nobody's who was
    erased. Raises InputOutputError if a landed page is missing or damaged."""
    assert stream.for_each is not None
    of = account.declaration.stream(stream.for_each)
    rounds = state.journal.latest_complete(account.name, of.name, tenant=tenant, before=number + 1)
    ids = [pl.Series(dtype=pl.String)]
    for page in (page for each in rounds for page in state.journal.pages(each.id)):
        for _, part in decoded(page, of, state.landing):
            ids.append(part.frame.filter(~places(part.frame)).select(key_of(of).alias("key")).to_series())
    return pl.concat(ids).unique(maintain_order=True).to_list()


def first_of_each(
    first: Mapping[str, str], state: StateFolder, account: Account, stream: Stream, tenant: str
) -> Mapping[str, str] | None:
    """Return the parameters of the first page, of the first parent as of now; None where there is none. Raises as both
    of the above."""
    number = newest_parents(state, account, stream, tenant)
    parents = parents_of(state, account, stream, tenant, number)
    return {**first, PARENT: parents[0], PARENTS: str(number)} if parents else None


def left_to_ask(state: StateFolder, account: Account, stream: Stream, extraction: Extraction) -> list[str]:
    """Return the parents that an extraction is about. Raises UsageError where their list is gone."""
    if stream.for_each is None or extraction.next is None:
        return []
    found = parents_of(state, account, stream, extraction.tenant, int(extraction.next[PARENTS]))
    if extraction.next[PARENT] not in found:
        raise UsageError(
            f"{account.name}.{stream.name}: the list of {stream.for_each} for which it was asked has been purged.",
            remedy="Begin anew: etl export --full",
        )
    return found


def notes_of(state: StateFolder, extraction: Extraction, stream: Stream, parents: Sequence[str]) -> list[str]:
    """Tell for how many of the parents nothing came because they were gone by then."""
    answered = {page.parameters[PARENT] for page in state.journal.pages(extraction.id)} if parents else set()
    gone = len(parents) - len(answered)
    return [f"{gone:,} of {len(parents):,} {stream.for_each} were gone when they were asked for"] if gone else []
