"""Erase a person: a plan that outlives a kill, the places one by one, and a certificate of what was done.

learn       all places are read, again and again while something new is learnt
plan        <state>/erasures/<person>.plan.json: who, and all that was learnt, so that a kill loses none of it
tombstones  from here on no run brings the person back
erase       each place; killed at any point, the same command does the rest
look        all places once more: nothing may be held
certificate <state>/erasures/<time>-<person>.json; then the plan goes
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from etl import __version__
from etl.errors import EtlError
from etl.person.places import Files, Place, places_of
from etl.person.places.ledger import LedgerRows
from etl.person.tombstones import FOLDER, Tombstones
from etl.person.wanted import ANY, Asked, Record, Wanted
from etl.state.files import make_folder, sync_folder, write_whole
from etl.state.journal import text

Counts = Counter[tuple[str, Path, str]]
"""What is held: the place, the file and the kind of thing."""


@dataclass(frozen=True)
class Found:
    """What is held of a person. `records` are their own, `inside` those of others with them in it. With `several_names`
    the former may be of several people, who share an address or a number."""

    counts: Counts
    records: int
    inside: int
    several_names: bool

    @property
    def total(self) -> int:
        return self.counts.total()


def look_for(files: Files, wanted: Wanted) -> Found:
    """Read all places until nothing new is learnt: a row of a push may be known only by the record it came from."""
    places = places_of(files)
    while True:
        size = wanted.size
        counts: Counts = Counter()
        for place in places:
            counts.update({(place.name, path, what): n for (path, what), n in place.find(wanted).items()})
        if wanted.size == size:
            return Found(counts, len(wanted.records), len(wanted.inside), wanted.is_called_differently)


def erase(files: Files, asked: Asked, *, now: datetime) -> tuple[Found, Path]:
    """Erase the person from all places; return what was held, and the certificate.

    Hold the locks of all streams and targets. Raises TryLater, before anything is changed, for a row whose outcome is
    not known; InputOutputError for a file that cannot be read or written.
    """
    tombstones = Tombstones.load(files.state).with_key(files.state)
    person = reference_of(tombstones, asked)
    wanted, found = to_erase(files, asked, tombstones)
    plan = _plan(files, person)
    write_whole(plan, orjson.dumps(_told(wanted, found.counts)))
    rows = {*LedgerRows(files).sources(wanted), *wanted.records}
    tombstones = tombstones.add(asked, _records(wanted), sorted(rows))
    tombstones.save(files.state)
    places = places_of(files)
    for place in places:
        place.erase(wanted)
    _nothing_left(files, wanted)
    certificate = _certify(files, person, found, tombstones, places, now)
    plan.unlink(missing_ok=True)
    sync_folder(plan.parent)
    return found, certificate


def to_erase(files: Files, asked: Asked, tombstones: Tombstones) -> tuple[Wanted, Found]:
    """Learn who is to be erased, and what of them; of an erasure that was killed, also what it had found. Changes
    nothing. Raises TryLater for a row whose outcome is not known."""
    wanted = Wanted(asked, files.journal.present(), tombstones.has_row)
    before = _resumed(_plan(files, reference_of(tombstones, asked)), wanted)
    found = look_for(files, wanted)
    LedgerRows(files).in_doubt(wanted)
    return wanted, replace(found, counts=before | found.counts)


def _plan(files: Files, person: str) -> Path:
    return files.state / FOLDER / f"{person}.plan.json"


def reference_of(tombstones: Tombstones, asked: Asked) -> str:
    """The name of a person in files: a keyed hash of what was asked for."""
    return tombstones.hash("person", *asked.texts())[:16]


def _records(wanted: Wanted) -> list[tuple[str, str, str]]:
    """The person's records by shop, stream and id."""
    found = set()
    for record, tenants in wanted.records.items():
        for tenant in tenants:
            shop = wanted.present.get(record[:2], ANY) if tenant == ANY else tenant
            if shop != ANY:
                found.add((shop, record.stream, record.source_id))
    return sorted(found)


def _nothing_left(files: Files, wanted: Wanted) -> None:
    left = look_for(files, wanted)
    if left.total:
        where = ", ".join(sorted({str(path) for _, path, _ in left.counts}))
        raise EtlError(f"A bug of ours: the person is still held in {where}.", remedy="The rest is erased.")


# -- the plan, which a kill leaves behind -------------------------------------------------------------


def _told(wanted: Wanted, counts: Counts) -> dict[str, Any]:
    return {
        "records": [[*record, sorted(shops)] for record, shops in sorted(wanted.records.items())],
        "inside": [[*record, sorted(ids)] for record, ids in sorted(wanted.inside.items())],
        "names": sorted(map(list, wanted.names)),
        "lines": sorted(map(list, wanted.lines)),
        "found": [[place, str(path), what, n] for (place, path, what), n in counts.items()],
    }


def _resumed(plan: Path, wanted: Wanted) -> Counts:
    """Learn what an erasure that was killed had learnt; return what it had found."""
    if not plan.exists():
        return Counter()
    told = orjson.loads(plan.read_bytes())
    for account, stream, source_id, shops in told["records"]:
        wanted.records.setdefault(Record(account, stream, source_id), set()).update(shops)
    for account, stream, source_id, ids in told["inside"]:
        wanted.inside.setdefault(Record(account, stream, source_id), set()).update(ids)
    wanted.names |= {tuple(name) for name in told["names"]}
    wanted.lines |= {(run_id, line) for run_id, line in told["lines"]}
    return Counter({(place, Path(path), what): n for place, path, what, n in told["found"]})


def _certify(
    files: Files, person: str, found: Found, tombstones: Tombstones, places: Sequence[Place], now: datetime
) -> Path:
    """Write what was done where: hashes and counts, and nothing of the person."""
    folder = files.state / FOLDER
    make_folder(folder)
    path = folder / f"{now:%Y%m%dT%H%M%S.%fZ}-{person}.json"
    told = {
        "writer": f"contact-etl {__version__}",
        "person": person,
        "erased_at": text(now),
        "records": found.records,
        "inside_other_records": found.inside,
        "done": [
            {"place": place, "file": shown(file, files), "what": what, "count": count}
            for (place, file, what), count in sorted(found.counts.items())
        ],
        "looked_in": [place.name for place in places],
        "folders_gone": [shown(folder, files) for folder in files.gone],
        "kept": [
            "keyed hashes of the address, the number and the records, by which a later run knows the person",
            "in the ledger, keyed hashes of what was sent, and the ids of records at targets",
            "in landed pages, the id of an erased record, in its place",
        ],
        "tombstones": len(tombstones.emails) + len(tombstones.phones) + len(tombstones.records),
    }
    write_whole(path, orjson.dumps(told, option=orjson.OPT_INDENT_2))
    return path


def shown(path: Path, files: Files) -> str:
    """A file as it is named to people: below the project where it is there."""
    path = path.absolute()
    return str(path.relative_to(files.project)) if path.is_relative_to(files.project) else str(path)
