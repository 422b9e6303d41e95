"""Write a draft as a file for `[systems] files`: a table of fields, with what each line rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from etl.new_system.guess import Draft, DraftField
from etl.new_system.paging import json_text
from etl.systems.check import ID
from etl.systems.plain.columns import CHILDREN

PLACE = "NOT GUESSED"
NAMED = re.compile(r"\b(HeaderKey|QueryKey|ClientCredentials|RefreshToken)\b")


def as_python(draft: Draft) -> str:
    """Return the text of the file."""
    return "\n".join(_lines(draft)) + "\n"


def stream_of(draft: Draft) -> str:
    """Return what the stream is called: as the list in the page, or as the last name of its path."""
    seen = draft.seen
    last = (seen.path or seen.hint).rstrip("/").rpartition("/")[2] or seen.records.rpartition(".")[2]
    name = re.sub(r"\W+", "_", last.lower(), flags=re.ASCII).strip("_")
    return name if ID.fullmatch(name) else "records"


def _lines(draft: Draft) -> Iterator[str]:
    seen = draft.seen
    yield f'"""A first declaration of {draft.name}, from {_shown(seen.source)}. Check every line.'
    yield ""
    yield "What could not be guessed:"
    yield from (f"- {_shown(one)}" for one in draft.unsure)
    yield '"""'
    yield ""
    yield f"from etl.systems.declare import {', '.join(_names(draft))}"
    yield ""
    yield "FIELDS = {"
    yield from (_field(one) for one in draft.fields)
    yield "}"
    for one in seen.lists:
        of = f"objects with {', '.join(one.fields[:8])}" if one.fields else "plain values"
        yield f"# {_shown(one.name)} is a list of {_shown(of)}: it stays in extra. Of persons or numbers, a"
        yield f"# Children(…) makes rows of {' or '.join(CHILDREN)}."
    yield from (f"# Left out: {why}." for why in seen.left_out[:1])
    yield ""
    yield f"# {_shown(draft.paging.basis)}{'' if draft.paging.unsure is None else f'. {PLACE}: {draft.paging.unsure}'}"
    yield f"PAGES = {draft.paging.text}"
    yield from _stream(draft)
    yield from _system(draft)


def _names(draft: Draft) -> list[str]:
    """The words of the vocabulary that the file uses."""
    found = {"Field", "MovingWindow", "Stream", "System", *draft.paging.names, *(one.kind for one in draft.fields)}
    found |= {name for way in draft.seen.auth for name in NAMED.findall(way)}
    found |= {"Envelope"} if draft.seen.records or draft.seen.element else set()
    return sorted(found)


def _field(one: DraftField) -> str:
    column = f", {json_text(one.column)}" if one.column else ""
    return f"    {json_text(one.path)}: Field({one.kind}(){column}),  # {_shown(one.basis)}"


def _stream(draft: Draft) -> Iterator[str]:
    seen, name = draft.seen, stream_of(draft)
    if not seen.described:
        yield f"# {PLACE}: the path of the list." if not seen.hint else "# Its path is that of the next page."
    yield f"{_constant(name)} = Stream("
    yield f"    {json_text(name)},"
    yield f"    {json_text(_path(draft))},"
    yield "    fields=FIELDS,"
    yield "    paging=PAGES,"
    if seen.records:
        count = f", count={json_text(draft.paging.count)}" if draft.paging.count else ""
        yield f"    envelope=Envelope({json_text(seen.records)}{count}),"
    if seen.get:
        yield f"    get={json_text(seen.get)},"
        yield from ([f"    element=Envelope({json_text(seen.element)}),"] if seen.element else [])
    else:
        yield f'    # get="{_path(draft)}/{{id}}", where a single record can be read'
    yield ")"


def _path(draft: Draft) -> str:
    return draft.seen.path or draft.seen.hint or f"/{stream_of(draft)}"


def _system(draft: Draft) -> Iterator[str]:
    yield f"{_constant(draft.name)} = System("
    yield f"    {json_text(draft.name)},"
    yield f"    {json_text(draft.name)},"
    yield f"    limits=(MovingWindow(60, seconds=60),),  # {PLACE}: what the vendor allows"
    if draft.seen.auth:
        ways = ", ".join(draft.seen.auth)
        yield f"    auth=({ways},),"
    else:
        yield f"    # auth=(…,): {PLACE}; an api_key as Bearer, or username and password as Basic"
    if draft.seen.options:
        options = ", ".join(f'{json_text(name)}: ""' for name in draft.seen.options)
        yield f"    options={{{options}}},  # keys of the account in etl.toml"
    yield f"    streams=({_constant(stream_of(draft))},),"
    yield ")"


def _constant(name: str) -> str:
    """The name of an object of the file; never one that it has for something else."""
    found = name.upper()
    return f"{found}_" if found in ("FIELDS", "PAGES") else found


def _shown(text: str) -> str:
    """A text for a comment: of one line, without what would end it."""
    return "".join(char for char in text if char.isprintable()).replace('"""', "'''").replace("\\", "/")
