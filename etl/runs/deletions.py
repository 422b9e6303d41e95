"""Compare a complete run with the one before: new, changed, vanished. Vanished records are kept, marked as deleted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from etl.decode.fast import Decoded, key_of
from etl.decode.strict import texts
from etl.runs.unreadable import BELIEVED, implausible_rows, problem_of, unread_in
from etl.runs.workspace import StateFolder
from etl.state.journal import Extraction, LandedPage
from etl.state.vanished import Vanished
from etl.tables import Build, Plan
from etl.tables.fingerprints import Changes, compare, made_again, stored
from etl.tables.landed import decoded


@dataclass(frozen=True)
class Accepted:
    """What a user accepts although it is implausible: that many rows vanished, or that many are rejected."""

    deletions: bool = False
    rejects: bool = False


@dataclass(frozen=True)
class DeletionFindings:
    """The changes; the records to show as deleted (`shown`); those to remember (`gone`) or to forget (`back`)."""

    changes: Changes | None
    shown: Sequence[Vanished]
    gone: Sequence[Vanished]
    back: Sequence[str]


def judge_deletions(
    state: StateFolder, plan: Plan, extraction: Extraction, folder: Path, *, build: Build, accepted: Accepted
) -> DeletionFindings:
    """Compare a built extraction with the one before.

    Raises ProtocolBroken if implausibly many rows vanished or are rejected, unless that is accepted.
    """
    account, stream = plan.account.name, plan.stream.name
    tenant = extraction.tenant
    base = state.journal.latest_complete(account, stream, tenant=tenant, before=extraction.id)
    missed = state.vanished.of(account, stream, tenant)
    unread = build.unread  # these came, but could not be read
    now = stored(folder, extraction.id)
    assert now is not None  # the build has just kept them
    changes = compare(_before(state, plan, base, folder), now, unread) if base else None
    pages = state.journal.pages(extraction.id)
    problems = []
    if not accepted.rejects:
        many = problem_of(plan, unread, changes, pages, lambda: unread_in(plan, _pages(state, base)))
        problems += [(many, "--accept-rejects")] if many else []
    if changes is not None and changes.share_vanished > BELIEVED and not accepted.deletions:
        problems.append((_many_gone(changes), "--accept-deletions"))
    if problems:
        rejects = build.refuse()
        state.journal.disbelieve(extraction.id)
        raise implausible_rows(plan.name, problems, rejects)
    gone: list[Vanished] = []
    if changes is not None and changes.vanished:
        at = pages[0].received_at if pages else extraction.started_at
        # a run that was interrupted after this point recorded some of them already
        unknown = set(changes.vanished) - {record.key for record in missed}
        gone = list(_found(state, plan, base, sorted(unknown), at))
    keys = pl.Series([record.key for record in missed], dtype=pl.String)
    back = now.filter(pl.col("key").is_in(keys.implode())).collect()["key"].to_list() if len(missed) else []
    shown = [record for record in missed if record.key not in set(back)] + gone
    return DeletionFindings(changes, shown, gone, back)


def settle_deletions(
    state: StateFolder, plan: Plan, extraction: Extraction, folder: Path, verdict: DeletionFindings
) -> None:
    """The tables are written: remember what they say. The fingerprints of other tenants stay."""
    account, stream, tenant = plan.account.name, plan.stream.name, extraction.tenant
    state.vanished.change(account, stream, tenant, gone=verdict.gone, back=verdict.back)
    kept = {str(number) for number in (extraction.id, *state.tenants.others(account, stream, tenant))}
    for path in folder.glob("*.parquet"):
        if path.name.partition(".")[0] not in kept:
            with contextlib.suppress(OSError):
                path.unlink()


def _before(state: StateFolder, plan: Plan, base: Sequence[Extraction], folder: Path) -> pl.LazyFrame:
    """The fingerprints of the run before, made again where they are not there any more."""
    found = stored(folder, base[-1].id)
    return made_again(_pages(state, base), plan.stream, plan.landing) if found is None else found


def _pages(state: StateFolder, extractions: Sequence[Extraction]) -> list[LandedPage]:
    return [page for extraction in extractions for page in state.journal.pages(extraction.id)]


def _found(
    state: StateFolder, plan: Plan, base: Sequence[Extraction], keys: Sequence[str], at: datetime
) -> Iterator[Vanished]:
    """Yield the records of these ids, as last received."""
    wanted = set(keys)
    for page in reversed(_pages(state, base)):
        found: dict[str, str] = {}
        for part, proved in decoded(page, plan.stream, plan.landing):
            here = proved.frame.select(key_of(plan.stream).alias("key")).to_series()
            if here.is_in(list(wanted)).any():
                raws = zip(here, _raws(part.records, proved), strict=True)
                found.update((key, raw) for key, raw in raws if key in wanted)
        wanted -= found.keys()
        yield from (Vanished(key, at, page.received_at, raw) for key, raw in found.items())


def _raws(records: bytes, proved: Decoded) -> list[str]:
    """The text of each record that fits."""
    misfits = {misfit.position for misfit in proved.misfits}
    return [text for position, text in enumerate(texts(records)) if position not in misfits]


def _many_gone(changes: Changes) -> str:
    return f"{len(changes.vanished):,} of {changes.before:,} rows of the last run are no longer there"
