"""The list of all places. Whoever adds a kind of file adds its place here."""

from __future__ import annotations

from etl.person.places.journalled import FingerprintFiles, ManifestFiles, Runs, VanishedRecords
from etl.person.places.kept_here import Impersonal, Unfinished
from etl.person.places.kept_rejects import KeptRejects
from etl.person.places.landed import LandedPages
from etl.person.places.ledger import LedgerRows, SetAside
from etl.person.places.outputs import ExportRejects, PersonPages, PushFiles, Summaries, Tables
from etl.person.places.place import Files, Place

PLACES: tuple[type[Place], ...] = (
    LandedPages,
    VanishedRecords,
    ManifestFiles,
    LedgerRows,
    SetAside,
    Tables,
    ExportRejects,
    PushFiles,
    KeptRejects,
    Summaries,
    PersonPages,
    FingerprintFiles,
    Unfinished,
    Runs,
    Impersonal,
)
"""In the order in which they are erased: those from which others are known are read, all of them, before the first."""


def places_of(files: Files) -> list[Place]:
    return [place(files) for place in PLACES]
