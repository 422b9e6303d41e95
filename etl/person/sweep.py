"""Erase again what a source still has: the pages that just landed, or that a replay is about to read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from etl.config.settings import Account
from etl.decode.envelope import cut
from etl.decode.fast import parse
from etl.errors import ProtocolBroken
from etl.person.pages import PageOf, erased_from
from etl.person.tombstones import Tombstones
from etl.person.wanted import Record, Wanted
from etl.state.journal import LandedPage
from etl.state.journal_erasure import JournalErasure
from etl.state.landing import Landing
from etl.systems.declare import Stream

ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def sweep(
    state: Path,
    pages: Iterable[LandedPage],
    *,
    account: Account,
    stream: Stream,
    tenant: str,
    journal: JournalErasure,
    landing: Landing,
    alone: bool,
) -> int:
    """Erase everybody who was erased before from these pages; return in how many records they were. If nobody else
    lands pages of the stream meanwhile (`alone`), files that the journal does not name go: a run was killed here.

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
        body = landing.read(page.file)
        wanted = _erased_people(body, tombstones, account, stream, tenant)
        left, here = erased_from(body, PageOf(account.name, stream, tenant), wanted) if wanted else (body, 0)
        if here:
            landed = landing.write(account.name, stream.name, left, "identity")
            journal.rename(page.file, landed)
            landing.remove(page.file)
            records += here
    for file, _ in list(landing.files()) if alone else ():
        if file.startswith(f"{account.name}/{stream.name}/") and not journal.is_named(file):
            landing.remove(file)
    return records


def _erased_people(body: bytes, tombstones: Tombstones, account: Account, stream: Stream, tenant: str) -> Wanted | None:
    """Who of the erased people is in a page; None for nobody."""
    text = body.decode("utf-8", "replace")
    if "\\u" in text:
        text = ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    asked = tombstones.people_in(text)
    ids = tombstones.erased_ids(tenant, stream.name, _ids(body, stream)) if tombstones.records else set()
    if not (asked.emails or asked.phones or ids):
        return None
    wanted = Wanted(asked)
    for one in ids:
        wanted.add(Record(account.name, stream.name, one), tenant)
    return wanted


def _ids(body: bytes, stream: Stream) -> pl.Series:
    try:
        return parse(cut(body, stream.envelope).records or b"[]", stream).ids(stream)
    except ProtocolBroken:
        return parse(b"[]", stream).ids(stream)
