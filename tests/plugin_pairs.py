"""Render what survives a move from the system below samples/plugin; `python -m tests.plugin_pairs` writes it there."""

from __future__ import annotations

import sys
from pathlib import Path

from etl.records.schemas import render
from etl.systems import SYSTEMS
from etl.systems.plain.complete import completed

PLUGIN = Path(__file__).parents[1] / "samples" / "plugin"
PUBLISHED = PLUGIN / "pairs"


def pairs() -> dict[str, bytes]:
    """The pair tables by their file names."""
    sys.path.insert(0, str(PLUGIN))
    from contact_etl_exact.read import EXACT

    SYSTEMS.loaded.setdefault(EXACT.id, completed(EXACT))
    return {Path(name).name: text for name, text in render().items() if name.startswith(f"pairs/{EXACT.id}-")}


if __name__ == "__main__":
    PUBLISHED.mkdir(exist_ok=True)
    for name, text in pairs().items():
        (PUBLISHED / name).write_bytes(text)
