"""What the manifests tell of landed pages and the journal does not know: then it is older than they are, as one from a
backup, or was begun anew before they were put back.

A manifest is written before the journal moves on, so a kill leaves its last group of pages, or that it is complete, to
be known there alone: the next run goes on from that, and it is no gap.
"""

from __future__ import annotations

from pathlib import Path

from etl.errors import InputOutputError
from etl.state.database import Database
from etl.state.landing import Landing
from etl.state.manifests import SUFFIX, Extracted, Manifests, number_of, read_extraction


def gaps(database: Database, landing: Path) -> int:
    """Count the extractions of which the manifests tell more than the journal knows."""
    # a run may be under way: it writes the row of an extraction, then the manifest, then the row again
    there = {number: path for path in landing.glob(f"*/*/*{SUFFIX}") if (number := number_of(path)) is not None}
    known = {row["id"] for row in database.read("SELECT id FROM extractions")}
    unknown = [path for number, path in there.items() if number not in known and _read(path) is not None]
    open_ones = database.read("SELECT * FROM extractions WHERE complete_at IS NULL AND withdrawn IS NULL")
    manifests = Manifests(database, landing)
    return len(unknown) + sum(_is_ahead(manifests.path(dict(row)), database, row["id"]) for row in open_ones)


def renamed_pages(database: Database, landing: Path) -> int:
    """Count the pages that a manifest knows under another name, where the journal's name is gone. Reads all of them."""
    found, held = 0, Landing(landing)
    for path in landing.glob(f"*/*/*{SUFFIX}"):
        if (told := _read(path)) is None:
            continue
        rows = database.read("SELECT position, file, size FROM pages WHERE extraction = ?", number_of(path))
        names = {page["position"]: page for page in told.pages}
        found += sum(
            (new := names.get(row["position"])) is not None
            and new["file"] != row["file"]
            and held.holds(new["file"], new["size"])
            and not held.holds(row["file"], row["size"])
            for row in rows
        )
    return found


def _is_ahead(path: Path, database: Database, extraction: int) -> bool:
    """Whether a group of pages came after one that the journal does not know, or the end after that."""
    told = _read(path)
    if told is None:
        return False
    rows = database.read(
        "SELECT complete_at, (SELECT count(*) FROM pages WHERE extraction = e.id) AS pages FROM extractions e"
        " WHERE id = ?",
        extraction,
    )
    if not rows or rows[0]["complete_at"]:
        return False
    known = int(rows[0]["pages"])
    ended = bool(told.extraction["complete_at"]) and len(told.pages) > known
    return ended or told.last_group > known


def _read(path: Path) -> Extracted | None:
    """Read a manifest; one that a purge has just removed is none."""
    try:
        return read_extraction(path)
    except InputOutputError:
        if path.exists():
            raise
        return None
