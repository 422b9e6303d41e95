"""Find, show and erase a person: opens the state, the ledger and the output folders, and holds the locks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from etl.clock import Clock
from etl.config.settings import Settings
from etl.person.erasing import Found, erase, look_for, reference_of, shown, to_erase
from etl.person.places import Files, Place, places_of
from etl.person.show import write_pages
from etl.person.tombstones import FOLDER, Tombstones
from etl.person.wanted import Asked, Wanted
from etl.runs.workspace import StateFolder, open_state
from etl.state.journal_erasure import JournalErasure
from etl.state.ledger_erasure import LedgerErasure
from etl.state.ledger_file import LedgerPaths, open_ledger
from etl.state.lock import hold


@dataclass(frozen=True)
class Told:
    """What a command came to. `gone` are output folders of runs that were not there, so nobody looked into them;
    `files`, the pages that it wrote, or the certificate."""

    command: str
    found: Found
    places: Sequence[dict[str, Any]]
    gone: Sequence[str]
    files: Sequence[Path] = ()
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "command": self.command,
            "status": "complete",
            "exit_code": 0,
            "found": self.found.total,
            "records": self.found.records,
            "inside_other_records": self.found.inside,
            "several_names": self.found.several_names,
            "places": list(self.places),
            "folders_gone": list(self.gone),
            "files": [str(path) for path in self.files],
            **({"dry_run": True} if self.dry_run else {}),
        }


def countries_of(settings: Settings) -> list[str]:
    """The countries that a number without a calling code may be of."""
    named = {account.country for account in settings.accounts.values() if account.country}
    return sorted(named) or ["NL"]


def find_person(settings: Settings, asked: Asked, outs: Sequence[Path], *, clock: Clock) -> Told:
    """Count what is held of a person, by place and file. Changes nothing."""
    with _opened(settings, outs, clock) as files:
        wanted = Wanted(asked, files.journal.present(), Tombstones.load(files.state).has_row)
        return _told("person find", look_for(files, wanted), files)


def export_person(settings: Settings, asked: Asked, outs: Sequence[Path], *, clock: Clock) -> Told:
    """Write all that is held of a person to the first output folder, as JSON and as a page."""
    with _opened(settings, outs, clock) as files:
        tombstones = Tombstones.load(files.state).with_key(files.state)
        wanted = Wanted(asked, files.journal.present(), tombstones.has_row)
        found = look_for(files, wanted)
        folder, name = outs[0] / "persons", reference_of(tombstones, asked)
        written = write_pages(files, wanted, folder, name, now=clock.now())
        return _told("person export", found, files, written)


def erase_person(
    settings: Settings, asked: Asked, outs: Sequence[Path], *, clock: Clock, dry_run: bool = False
) -> Told:
    """Erase a person from all places, or show what would be done. Raises TryLater while a run uses any of them."""
    if dry_run:
        with _opened(settings, outs, clock) as files:
            _, found = to_erase(files, asked, Tombstones.load(files.state))
            return replace(_told("person erase", found, files), dry_run=True)
    with _locked(settings, clock), _opened(settings, outs, clock, touch=True) as files:
        found, certificate = erase(files, asked, now=clock.now())
        return _told("person erase", found, files, [certificate])


def _told(command: str, found: Found, files: Files, written: Sequence[Path] = ()) -> Told:
    places = [
        {"place": place, "file": shown(path, files), "what": what, "count": count}
        for (place, path, what), count in sorted(found.counts.items())
    ]
    return Told(command, found, places, [shown(folder, files) for folder in files.gone], written)


# -- opening and locking -------------------------------------------------------------------------------


@contextmanager
def _opened(settings: Settings, outs: Sequence[Path], clock: Clock, *, touch: bool = False) -> Iterator[Files]:
    with open_state(settings) as state, _ledger(settings, clock, touch=touch) as ledger:
        yield _files(settings, state, outs, ledger)


def _files(settings: Settings, state: StateFolder, outs: Sequence[Path], ledger: LedgerErasure | None = None) -> Files:
    folders = _folders(state.erasure)
    there = [out for out in dict.fromkeys([*(out.absolute() for out in outs), *folders]) if out.is_dir()]
    return Files(
        project=settings.path.absolute().parent,
        state=state.folder,
        outs=there,
        gone=[out for out in folders if out not in there],
        accounts=settings.accounts,
        journal=state.erasure,
        landing=state.landing,
        ledger=ledger,
        keep_days=settings.state.keep_days,
        keep_runs_days=settings.state.keep_runs_days,
    )


@contextmanager
def _ledger(settings: Settings, clock: Clock, *, touch: bool) -> Iterator[LedgerErasure | None]:
    paths = LedgerPaths(settings.state.dir, settings.state.seals)
    if not paths.ledger.exists():
        yield None
        return
    tombstones = Tombstones.load(settings.state.dir)
    tombstones = tombstones.with_key(settings.state.dir) if touch else tombstones
    with open_ledger(paths, "", now=clock.now(), touch=touch) as ledger:
        yield ledger.erasure(tombstones.hash)


@contextmanager
def _locked(settings: Settings, clock: Clock) -> Iterator[None]:
    """Hold the lock of every stream and target: while a person goes, nothing is written anywhere."""
    accounts = settings.accounts.values()
    streams = {f"{account.name}.{stream.name}" for account in accounts for stream in account.declaration.streams}
    with open_state(settings) as state, _ledger(settings, clock, touch=False) as ledger:
        streams |= set(state.landing_retention.streams())
        targets = ledger.targets() if ledger is not None else []
    with ExitStack() as locks:
        names = [*streams, *(f"push {quote(target, safe='')}" for target in targets)]
        locks.enter_context(hold(settings.state.dir / "locks", names))
        yield


def _folders(journal: JournalErasure) -> list[Path]:
    """The output folders of every run, whether they are there or not."""
    found = dict.fromkeys(map(Path, journal.outputs()))
    for run in journal.runs():
        for text in (run.arguments, run.summary):
            with contextlib.suppress(ValueError, AttributeError, TypeError):
                told = json.loads(text or "")
                if told.get("out"):
                    found[Path(told["out"])] = None
                for table in (told.get("tables") or {}).values():
                    found.update({Path(file).absolute().parent.parent: None for file in table["files"]})
    return list(found)


def open_places(settings: Settings, state: StateFolder, outs: Sequence[Path]) -> list[Place]:
    """The places of an open state folder, for who only asks what they are."""
    return places_of(_files(settings, state, outs))


def unfinished(settings: Settings) -> int:
    """How many erasures were killed: the same command as then goes on with them."""
    return len(list((settings.state.dir / FOLDER).glob("*.plan.json")))


@dataclass(frozen=True)
class Kept:
    """A kind of thing that is kept: where, for how long, whether people can be in it, and in how many files it is."""

    kind: str
    where: str
    kept: str
    people: str
    files: int


def privacy(settings: Settings, state: StateFolder, outs: Sequence[Path]) -> list[Kept]:
    """List all that is kept, in the state folder and in the output folders of every run that the journal knows."""
    places = open_places(settings, state, outs)
    folders = [state.folder, *places[0].files.outs]
    every = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    return [
        Kept(place.name, place.where, place.how_long, place.people, sum(place.claims(path) for path in every))
        for place in places
    ]
