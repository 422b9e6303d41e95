"""What must hold after a blow, and after the undisturbed run that follows. Each gives complaints.

after a blow    every output file is whole: what it was before, or what an undisturbed run writes
after the last  exit code 0, the files of an undisturbed run, its rows add up, and no durable page was asked again
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from .disk import ERRORS, Blow
from .home import Ended, Home, Journal
from .shop import Page

AHEAD = 8
"""Pages of a stream that may be requested or received and not yet durable when the process dies."""
KEPT = (".etl/landing", "out/")
MUST_FAIL = ("create", "write", "sync", "syncdir", "rename", "close")
NEVER_SEEN = ("Traceback", "Exception ignored", "A bug of ours")

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Went:
    """One run of a chain: what it asked for, how it ended, and what its journal said afterwards."""

    blow: Blow | None
    ended: Ended
    asked: Sequence[Page]
    answered: Sequence[Page]
    journal: Journal

    @property
    def closed(self) -> bool:
        """It came to its end and said so, and was killed then or not: the next run begins anew."""
        return self.ended.code == 0 or (self.ended.code < 0 and self.journal.ended)

    @property
    def failed(self) -> frozenset[str]:
        """The streams without tables, where a run ended with an error and told so; all where it told nothing."""
        accounts = self.ended.summary.get("accounts") or {}
        told = {
            f"{account}.{name}": stream for account, of in accounts.items() for name, stream in of["streams"].items()
        }
        known = {page.stream for page in self.journal.pages}
        return frozenset(name for name in known | told.keys() if told.get(name, {"error": "?"}).get("error"))


def whole(home: Home, old: Tables, new: Tables, hidden: tuple[str, ...] = ()) -> Iterator[str]:
    """Every file is the old one or the new one, and none of the old is gone, but for names that start with `hidden`."""
    there = {name for name in home.files() if not name.startswith(hidden)}
    for name in sorted(there):
        known = [tables[name] for tables in (old, new) if name in tables]
        try:
            table = home.table(name)
        except Exception as error:  # whatever a reader would meet
            yield f"{name} cannot be read: {type(error).__name__}"
            continue
        if not any(same(table, other) for other in known):
            yield f"{name} is neither the old nor the new file ({table.height} rows)"
    for name in sorted(name for name in old.keys() - there if not name.startswith(hidden)):
        yield f"{name} of the earlier export is gone"
    for name in home.summaries():
        try:
            home.summary(name)
        except ValueError as error:
            yield f"the summary of a run is not whole: {error}"


def same(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    return one.schema == other.schema and one.equals(other)


def blow_taken(went: Went) -> Iterator[str]:
    """A killed run says nothing; one that met an error ends with the code for it, and without a traceback."""
    blow, ended = went.blow, went.ended
    if blow is None or ended.code < 0:
        return
    yield from (f"stderr says {text!r}: {ended.err[-300:]!r}" for text in NEVER_SEEN if text in ended.err)
    if blow.deed not in ERRORS or not ended.trace.struck:
        if ended.code:
            yield f"exit code {ended.code} of a run that met no error: {ended.err[-300:]!r}"
        return
    if ended.code not in (0, 73, 74):
        yield f"exit code {ended.code} at {blow}, neither 73 nor 74: {ended.err[-300:]!r}"
    if ended.code == 0 and blow.point and blow.point.call in MUST_FAIL and blow.point.place.startswith(KEPT):
        yield f"exit code 0, though {blow} failed"


def refused(went: Went, codes: Sequence[int]) -> Iterator[str]:
    """A run that cannot do its work says so, with one of these codes."""
    ended = went.ended
    yield from (f"stderr says {text!r}: {ended.err[-300:]!r}" for text in NEVER_SEEN if text in ended.err)
    if ended.code not in codes:
        yield f"exit code {ended.code}, not {' or '.join(map(str, codes))}: {ended.err[-300:]!r}"
    if not ended.err.strip():
        yield "not a word on stderr"


def refused_by_lock(second: Ended, within_s: float) -> Iterator[str]:
    if second.code != 75 or "busy" not in second.err:
        yield f"the second run ends with {second.code}: {second.err[-300:]!r}"
    if second.seconds > within_s:
        yield f"the second run took {second.seconds:.1f} s to be refused, more than {within_s:.1f} s"


def mended(home: Home, last: Ended, new: Tables) -> Iterator[str]:
    """The undisturbed run after the blows left what one without them would have."""
    if last.code:
        yield f"the run after ends with {last.code}: {last.err[-400:]!r}"
        return
    if (there := home.files()) != new.keys():
        yield f"files that should not be there: {sorted(there - new.keys())}; missing: {sorted(new.keys() - there)}"
    for name in sorted(there & new.keys()):
        if not same(home.table(name), new[name]):
            yield f"{name} differs from an undisturbed run's"
    told = home.summary(str(last.summary["run_id"]))
    if told["status"] != "complete" or told["received"] != told["written"] + told["duplicates"] + told["rejected"]:
        yield f"the summary of the run does not add up: {told}"


def fetched_once(chain: Sequence[Went], usual: Mapping[str, int]) -> Iterator[str]:
    """No page asked again that was durable; of the others at most AHEAD of a stream for each blow.

    A run that came to its end is followed by a new export, which may fetch all anew: but one that ended with an error
    is followed by one that goes on with the streams that have no tables yet.
    """
    for number, went in enumerate(chain[:-1]):
        if went.closed:
            continue
        goes_on = went.failed if went.ended.code > 0 else frozenset(page.stream for page in went.journal.pages)
        following = chain[number + 1]
        again = {page for page in following.asked if page in went.journal.pages and page.stream in goes_on}
        yield from (f"{page} was durable and was asked again" for page in sorted(again, key=str))
        yield from _repeated(went, following)
    if not any(went.closed or went.ended.code > 0 for went in chain[:-1]):
        blows = len(chain) - 1
        asked = Counter(page.stream for went in chain for page in went.asked)
        for stream, count in sorted(asked.items()):
            if count > usual[stream] + AHEAD * blows:
                yield f"{stream} was asked {count} times over {blows} blows, instead of {usual[stream]}"


def _repeated(went: Went, following: Went) -> Iterator[str]:
    if went.ended.code > 0:
        return
    before = {page.kind for page in went.answered}
    repeated = Counter(stream for stream, _ in {page.kind for page in following.asked} & before)
    for stream, count in sorted(repeated.items()):
        if count > AHEAD:
            yield f"{count} pages of {stream} were received before the blow and asked again"


def repeats(chain: Sequence[Went]) -> int:
    """How many pages were received whole in one run and asked again in a later one of the same export."""
    total = 0
    for one, following in pairwise(chain):
        if not one.closed:
            total += len({page.kind for page in one.answered} & {page.kind for page in following.asked})
    return total
