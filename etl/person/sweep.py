"""Erase again what a source still has: the pages that just landed, or that a replay is about to read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from etl.config.settings import Account
from etl.person.pages import PageOf, erased_from
from etl.person.tombstones import Tombstones
from etl.person.wanted import Asked, Record, Wanted
from etl.state.journal import LandedPage
from etl.state.journal_erasure import JournalErasure
from etl.state.landing import Landing
from etl.systems.declare import Stream
from etl.tables.landed import parts_of

OVERLAP = 4096
"""How much of a piece is read again with the next one: an address or a number may stand across the two."""
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def sweep(
    state: Path,
    pages: Iterable[LandedPage],
    *,
    account: Account,
    stream: Stream,
    tenant: str,
    names: Collection[str],
    journal: JournalErasure,
    landing: Landing,
    alone: bool,
) -> int:
    """Erase everybody who was erased before from these pages; return in how many records they were.

    `names` are all that the tenant had: somebody may have been erased under another. If nobody else lands pages of the
    stream meanwhile (`alone`), files that the journal does not name go: a run was killed here.

    Hold the stream's lock. Raises ConfigurationError where the tombstones are damaged.
    """
    tombstones = Tombstones.load(state)
    if not tombstones:
        return 0
    records, done = 0, set[str]()
    for page in pages:
        if page.file in done:  # two pages may be one file
            continue
        done.add(page.file)
        wanted = _erased_people(page, tombstones, landing, PageOf(account.name, stream, tenant), names)
        if wanted is None:
            continue
        left, here = erased_from(landing.read(page.file), PageOf(account.name, stream, tenant), wanted)
        if here:
            landed = landing.write(account.name, stream.name, left, "identity")
            journal.rename(page.file, landed)
            landing.remove(page.file)
            records += here
    for file, _ in list(landing.files()) if alone else ():
        if file.startswith(f"{account.name}/{stream.name}/") and not journal.is_named(file):
            landing.remove(file)
    return records


def _erased_people(
    page: LandedPage, tombstones: Tombstones, landing: Landing, of: PageOf, names: Collection[str]
) -> Wanted | None:
    """Who of the erased people is in a page; None for nobody. A page of any size is read in pieces."""
    emails, phones, ids = set[str](), set[str](), set[str]()
    before = b""
    for piece in landing.open(page.file):
        data = before + piece
        text = data.decode("utf-8", "replace")
        if "\\u" in text:
            text = ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
        people = tombstones.people_in(text)
        emails, phones, before = emails | people.emails, phones | people.phones, data[-OVERLAP:]
    if tombstones.records:
        for part in parts_of(page, of.stream, landing):
            for name in names:
                ids |= tombstones.erased_ids(name, of.stream.name, part.ids(of.stream))
    if not (emails or phones or ids):
        return None
    wanted = Wanted(Asked(frozenset(emails), frozenset(phones)))
    for one in ids:
        wanted.add(Record(of.account, of.stream.name, one), of.tenant)
    return wanted
