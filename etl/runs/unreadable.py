"""Judge whether so many records may be unreadable: if a field changed its type, a good table must not be replaced by
what is left of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from etl.errors import ProtocolBroken
from etl.state.journal import LandedPage
from etl.tables import Build, Plan
from etl.tables.fingerprints import Changes
from etl.tables.landed import decoded
from etl.tables.unread import Unread

BELIEVED = 0.2
"""The largest share of a stream's rows that may vanish, or may be rejected, without confirmation."""
FEWEST = 10
"""So many records tell something about all; of fewer new ones, one that is odd is no fifth of the stream."""


def problem_of(
    plan: Plan, unread: Unread, changes: Changes | None, pages: Sequence[LandedPage], base: Callable[[], Unread]
) -> str | None:
    """What is implausible about the records of an extraction's `pages` that could not be read; None for nothing.

    They are compared with the rows that the table had, by `changes`, and with all that came, less those that could not
    be read in the `base` before either. Without a base, nothing is implausible unless a table stands there.
    """
    if not unread or (changes is None and not stands(plan)):
        return None
    if changes is not None and changes.unread > BELIEVED * changes.before:
        return f"{changes.unread:,} of {changes.before:,} rows of the last run cannot be read any more ({unread.first})"
    came = sum(page.records for page in pages)
    if len(unread) <= BELIEVED * came:
        return None
    fresh = unread.beyond(base())
    if fresh < FEWEST or fresh <= BELIEVED * came:
        return None
    return f"{fresh:,} of {came:,} rows that came cannot be read ({unread.first})"


def unread_in(plan: Plan, pages: Sequence[LandedPage]) -> Unread:
    """The records of landed pages that cannot be read."""
    return Unread.among((part for page in pages for _, part in decoded(page, plan.stream, plan.landing)), plan.stream)


def stands(plan: Plan) -> bool:
    """Whether a table of the stream stands there."""
    return any(path_of(plan, table, form).exists() for table in plan.stream.tables for form in plan.forms)


def path_of(plan: Plan, table: str, form: str) -> Path:
    return plan.out / table / f"{plan.name}.{form}"


def check_replayed(plan: Plan, build: Build, before: int | None, *, accept: bool) -> None:
    """Compare a replay with the rows that the tables had `before`, if that is known. Raises ProtocolBroken if
    implausibly many of its records cannot be read, unless that is accepted."""
    unread, came = build.unread, build.received
    lost = min(len(unread), max((before or 0) - build.readable, 0))
    implausible = lost > BELIEVED * before if before else len(unread) > BELIEVED * came and stands(plan)
    if implausible and not accept:
        what = f"{lost or len(unread):,} of {before or came:,} rows cannot be read ({unread.first})"
        raise implausible_rows(plan.name, [(what, "--accept-rejects")], build.refuse(), fetched=False)


def implausible_rows(
    name: str, problems: Sequence[tuple[str, str]], rejects: Path | None, *, fetched: bool = True
) -> ProtocolBroken:
    """The error of problems, each with the option that accepts it, and the file of what could not be read."""
    what = ", and ".join(problem for problem, _ in problems)
    options = " ".join(option for _, option in problems)
    then = ": nothing is fetched." if fetched else "."
    where = f" What cannot be read is in {rejects}." if rejects else ""
    error = ProtocolBroken(
        f"{name}: {what}.",
        remedy=f"The tables are as they were.{where} If it is right, run again with {options}{then}",
    )
    error.rejects = rejects
    return error
