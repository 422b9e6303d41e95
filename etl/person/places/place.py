"""What a place is, and what all of them are given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.config.settings import Account
from etl.person.judge import Verdict
from etl.person.wanted import Wanted
from etl.state.journal_erasure import JournalErasure
from etl.state.landing import Landing
from etl.state.ledger_erasure import LedgerErasure
from etl.state.tenants import system_in
from etl.systems import SYSTEMS
from etl.systems.declare import Stream


@dataclass(frozen=True)
class Held:
    """One thing that is held of a person: the file, what it is in a word or two, and its value for an export."""

    file: Path
    what: str
    value: Any


@dataclass(frozen=True)
class Files:
    """The state folder and the output folders, open. `ledger` is None where nothing was ever pushed."""

    project: Path
    state: Path
    outs: Sequence[Path]
    accounts: Mapping[str, Account]
    journal: JournalErasure
    landing: Landing
    ledger: LedgerErasure | None
    keep_days: int = 0
    keep_runs_days: int = 0
    gone: Sequence[Path] = ()
    """Output folders of runs that are not there now: nobody looked into them."""

    def stream(self, account: str, name: str, tenants: set[str]) -> Stream | None:
        """The declaration of a stream whose files are kept, also of an account that is not configured any more."""
        configured = self.accounts.get(account)
        systems = [configured.system] if configured is not None else []
        systems += [system for tenant in sorted(tenants) if (system := system_in(tenant))]
        for system in [*systems, *SYSTEMS.loaded]:
            found = [one for one in SYSTEMS[system].streams if one.name == name] if system in SYSTEMS else []
            if found:
                return found[0]
        return None


def kind_of(verdict: Verdict) -> str:
    """What is held of a record that was judged, in words."""
    if verdict.theirs:
        return "record"
    return "person in a record" if verdict.persons else "mention"


class Place(ABC):
    """A place that can hold a person."""

    name: str
    where: str
    kept: str
    """How long it is kept, in words; `{keep}` and `{runs}` stand for `keep_days` and `keep_runs_days` of `[state]`."""
    people: str
    """Whether people can be in it, in a word or two."""

    def __init__(self, files: Files) -> None:
        self.files = files

    @property
    def how_long(self) -> str:
        """How long it is kept here."""
        days = {"keep": self.files.keep_days, "runs": self.files.keep_runs_days}
        return self.kept.format(**{name: f"{count} days" if count else "for ever" for name, count in days.items()})

    def find(self, wanted: Wanted) -> Counter[tuple[Path, str]]:
        """Count what is held, by file and kind, and learn from it."""
        return Counter((held.file, held.what) for held in self.show(wanted))

    @abstractmethod
    def show(self, wanted: Wanted) -> Iterator[Held]:
        """Yield all that is held of the person, and learn from it."""

    @abstractmethod
    def erase(self, wanted: Wanted) -> None:
        """Take the person out. On return it is durable; killed on the way, doing it again gives the same."""

    @abstractmethod
    def claims(self, path: Path) -> bool:
        """Whether a file belongs to this place."""


def below(path: Path, folder: Path) -> tuple[str, ...]:
    """The parts of a path below a folder; none if it is not below."""
    return path.relative_to(folder).parts if path.is_relative_to(folder) else ()
