"""One round: a project, fresh or with an earlier export in it, a chain of blows, and an undisturbed run. Judged."""

from __future__ import annotations

import itertools
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import judge
from .disk import Blow, Disk, Trace
from .home import Ended, Home
from .judge import Tables, Went
from .shop import Shop

MAIN = ("contacts/bikes.customers.csv", "contacts/books.contacts.parquet", "products/park.producten.csv")


@dataclass(frozen=True)
class Round:
    """`aged`: an export of older data is there already. The blows fall in turn, each upon a run of its own."""

    name: str
    aged: bool
    blows: tuple[Blow, ...]

    def __str__(self) -> str:
        return f"{self.name}, {'over an earlier export' if self.aged else 'fresh'}: {'; '.join(map(str, self.blows))}"


@dataclass(frozen=True)
class Verdict:
    """How a round went. `struck`: how many of its blows fell; a run may end before its call or its moment comes."""

    round: Round
    complaints: tuple[str, ...]
    codes: tuple[int, ...]
    struck: int
    repeats: int

    def __str__(self) -> str:
        return f"{self.round}\n" + "\n".join(f"    {complaint}" for complaint in self.complaints)


class Arena:
    """A shop, a disk, and what undisturbed exports of both editions come to."""

    def __init__(self, folder: Path, shop: Shop, disk: Disk) -> None:
        self._folder, self.shop, self.disk = folder, shop, disk
        self._numbers = itertools.count(1)
        self._aged = self.home("aged")
        self._aged.visitor.edition = "old"
        _whole(self._aged.run())
        self.old: Tables = self._aged.tables()
        fresh, renewed = self.home("fresh"), self.home("renewed", aged=True)
        began = time.monotonic()
        ended = _whole(fresh.run(watched=True))
        _whole(renewed.run())
        self.busy_s = max(0.3, ended.seconds - (fresh.visitor.first_at - began))
        self.trace: Trace = ended.trace
        self.usual = Counter(asked.page.stream for asked in fresh.visitor.asked)
        self._new: dict[bool, Tables] = {False: fresh.tables(), True: renewed.tables()}
        for main in MAIN:
            assert not judge.same(self.old[main], self._new[True][main]), f"{main} is the same in both editions"

    def new(self, *, aged: bool) -> Tables:
        """What an undisturbed run leaves."""
        return self._new[aged]

    def home(self, name: str = "", *, aged: bool = False) -> Home:
        name = name or f"p{next(self._numbers)}"
        return Home(self._folder, name, self.shop, self.disk, like=self._aged if aged else None)

    def play(self, round_: Round) -> Verdict:
        """Carry a round out, and judge it. The folder stays where there is something to complain of."""
        home = self.home(aged=round_.aged)
        old, new = self.old if round_.aged else {}, self.new(aged=round_.aged)
        chain: list[Went] = []
        complaints: list[str] = []
        earlier = home.journal().last
        for blow in (*round_.blows, None):
            went = went_on(home, blow, earlier)
            chain.append(went)
            earlier = went.journal.last if went.closed else earlier
            complaints += judge.blow_taken(went)
            if blow is not None:
                complaints += judge.whole(home, old, new)
        complaints += judge.mended(home, chain[-1].ended, new)
        complaints += judge.fetched_once(chain, self.usual)
        struck = sum(went.ended.trace.struck or went.ended.code < 0 for went in chain[:-1])
        verdict = Verdict(
            round_, tuple(complaints), tuple(went.ended.code for went in chain), struck, judge.repeats(chain)
        )
        if not complaints:
            home.remove()
        return verdict

    def play_all(self, rounds: Sequence[Round], *, workers: int = 2, until: float = float("inf")) -> Iterator[Verdict]:
        """Several at a time, in the order in which they end; none is begun after `until` (monotonic)."""

        def play(one: Round) -> Verdict | None:
            return self.play(one) if time.monotonic() < until else None

        with ThreadPoolExecutor(workers) as pool:
            for future in as_completed([pool.submit(play, one) for one in rounds]):
                if (verdict := future.result()) is not None:
                    yield verdict


def went_on(home: Home, blow: Blow | None, earlier: int, *, under: Sequence[str] = ()) -> Went:
    """One run in a project; `earlier` is the last extraction that is none of its business."""
    before = len(home.visitor.asked)
    ended = home.run(blow=blow, under=under)
    asked = home.visitor.asked[before:]
    answered = [one.page for one in asked if one.whole]
    return Went(blow, ended, [one.page for one in asked], answered, home.journal(earlier))


def _whole(ended: Ended) -> Ended:
    assert ended.code == 0, f"an undisturbed run ends with {ended.code}: {ended.err}"
    return ended


@contextmanager
def arena(folder: Path) -> Iterator[Arena]:
    """Raises FileNotFoundError where the disk cannot be compiled."""
    disk = Disk(folder)
    with Shop() as shop:
        yield Arena(folder, shop, disk)


def clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
