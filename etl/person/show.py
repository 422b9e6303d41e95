"""Write all that is held of a person: one JSON file, and one page to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import orjson

from etl.person.erasing import look_for, shown
from etl.person.places import Files, places_of
from etl.person.wanted import Wanted
from etl.state.files import make_folder, write_whole
from etl.state.journal import text

STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:0 0 1.5rem}td,th{border:1px solid #ccc;padding:.25rem .5rem;text-align:left;
vertical-align:top;overflow-wrap:anywhere}h2{margin-top:2rem}code{color:#555}"""


def write_pages(files: Files, wanted: Wanted, folder: Path, name: str, *, now: datetime) -> list[Path]:
    """Write `<name>.json` and `<name>.html`, 0600 and atomically; return their paths."""
    look_for(files, wanted)
    told: dict[str, Any] = {
        "email": sorted(wanted.asked.emails),
        "phone": sorted(wanted.asked.phones),
        "key": [f"{key.account}.{key.stream}:{key.source_id}" for key in sorted(wanted.asked.keys)],
        "made_at": text(now),
        "places": [
            {
                "place": place.name,
                "kept": place.how_long,
                "held": [
                    {"file": shown(held.file, files), "what": held.what, "value": held.value}
                    for held in place.show(wanted)
                ],
            }
            for place in places_of(files)
            if place.name != "pages of people"
        ],
    }
    make_folder(folder)
    as_json, as_page = folder / f"{name}.json", folder / f"{name}.html"
    write_whole(as_page, _page(told).encode())
    write_whole(as_json, orjson.dumps(told, option=orjson.OPT_INDENT_2, default=str))
    return [as_json, as_page]


def _page(told: Mapping[str, Any]) -> str:
    whom = ", ".join([*told["email"], *told["phone"], *told["key"]])
    parts = [f"<h1>What is held of {escape(whom)}</h1><p>As of {escape(str(told['made_at']))}.</p>"]
    for place in told["places"]:
        if not place["held"]:
            continue
        parts.append(f"<h2>{escape(place['place'])}</h2><p>Kept {escape(place['kept'])}.</p>")
        parts += [
            f"<p>{escape(held['what'])} in <code>{escape(held['file'])}</code></p>{_table(held['value'])}"
            for held in place["held"]
        ]
    if len(parts) == 1:
        parts.append("<p>Nothing.</p>")
    head = f'<meta charset="utf-8"><title>Held data</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _table(value: Any) -> str:
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(one)}</td></tr>" for name, one in _lines(value))
    return f"<table>{rows}</table>" if rows else ""


def _lines(value: Any, name: str = "") -> Iterable[tuple[str, str]]:
    """The scalars of a value with their paths; what is empty is left out."""
    if isinstance(value, dict):
        for inner, one in value.items():
            yield from _lines(one, f"{name}.{inner}".lstrip("."))
    elif isinstance(value, list):
        for n, one in enumerate(value, 1):
            yield from _lines(one, f"{name} {n}".strip())
    elif value not in (None, ""):
        yield name, str(value)
