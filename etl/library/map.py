"""Propose a map.toml, as a call."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from etl.config.settings import Settings
from etl.errors import UsageError
from etl.library.accounts import settings_of
from etl.library.arguments import checked
from etl.push.input.columns import known_columns
from etl.push.input.raw_table import BEYOND, read_own
from etl.push.push_order import destination_of
from etl.state.files import write_whole
from etl.tables.known_columns import DERIVED, KNOWN
from etl.tables.map_proposal import Guess, as_toml, propose
from etl.tables.read_table import refuse_empty


@checked
def propose_map(
    settings: Settings | Path | str,
    file: Path | str,
    to: str,
    out: Path | str = "map.toml",
    *,
    sheet: str | None = None,
) -> dict[str, Any]:
    """Write a map.toml that says which column of a table is what at ACCOUNT.STREAM; return what each guess rests on,
    and in `notes` what of the file was not read as it stands. `sheet` names the sheet of a workbook, in place of the
    first that is not hidden.

    Raises UsageError for a file that is no table, for a sheet that is not there, and where `out` is there already.
    """
    path, target = Path(file), Path(out)
    destination = destination_of(settings_of(settings), to)
    if target.exists():
        raise UsageError(f"{target} is there already.", remedy="Name another file with --out, or remove it.")
    own, notes = read_own(path, sheet)
    own = own.drop(BEYOND, strict=False)
    refuse_empty(own, path)
    table = destination.target.table
    ours = set(KNOWN) | (known_columns(table) - set(DERIVED))
    proposal = propose(own, ours - {"account", "system", "stream", "source_id"})
    write_whole(target, as_toml(proposal, path.name, to).encode())
    return {
        "command": "map",
        "status": "complete",
        "exit_code": 0,
        "file": str(path),
        "rows": own.height,
        "key": proposal.key,
        "columns": [_told(guess) for guess in proposal.guesses],
        "files": [str(target)],
        "notes": notes,
    }


def _told(guess: Guess) -> dict[str, Any]:
    told = asdict(guess)
    return {"column": told.pop("name"), "is": told.pop("ours"), **told}
