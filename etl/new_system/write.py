"""Make a first declaration, try that it loads, and write it where nothing stands yet."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from etl.errors import CannotCreate, EtlError, UsageError
from etl.new_system.declaration import as_python, stream_of
from etl.new_system.guess import draft
from etl.new_system.openapi import is_openapi, read_openapi
from etl.new_system.sample import read_sample
from etl.new_system.seen import Seen
from etl.regular_file import NotUsable, read_regular
from etl.state.files import write_whole
from etl.systems import SYSTEMS
from etl.systems.check import ID, faults
from etl.systems.plugins import run_file

LARGEST = 32 << 20
BOM = b"\xef\xbb\xbf"


def new_system(name: str, source: Path, out: Path | None = None) -> dict[str, Any]:
    """Write a first declaration of a system to a file, NAME.py unless another is named; return what each line rests on,
    and what was not guessed.

    Raises UsageError for a name that no system can have, and for a file that holds neither records nor an OpenAPI
    document; CannotCreate where the declaration, or a system of that name, is there already.
    """
    target = out or Path(f"{name}.py")
    if not ID.fullmatch(name):
        raise UsageError(
            f"{name[:80]!r} is no name of a system.", remedy="Use small letters, digits and _, a letter first: my_crm."
        )
    if name in SYSTEMS:
        raise CannotCreate(f"There is a system {name} already.", remedy="Give it another name; etl sources lists all.")
    if target.suffix != ".py":
        raise UsageError(f"{target} does not end in .py.", remedy="[systems] files takes files of Python.")
    if target.exists():
        raise CannotCreate(f"{target} is there already, and is left as it is.", remedy="Name another file with --out.")
    made = draft(name, _seen(source))
    text = as_python(made)
    _must_load(text, name)
    write_whole(target, text.encode())
    return {
        "command": "new-system",
        "status": "complete",
        "exit_code": 0,
        "system": name,
        "stream": stream_of(made),
        "files": [str(target)],
        "records": made.seen.records,
        "rows": made.seen.rows,
        "paging": {"is": made.paging.text, "basis": made.paging.basis},
        "fields": [_told(one) for one in map(asdict, made.fields)],
        "not_guessed": list(made.unsure),
        "base_url": made.seen.base_url or None,
        "others": list(made.seen.others),
    }


def _told(field: dict[str, Any]) -> dict[str, Any]:
    return {"field": field["path"], "type": field["kind"], "column": field["column"], "basis": field["basis"]}


def _seen(source: Path) -> Seen:
    """Read the file. Raises UsageError."""
    try:
        raw = read_regular(source, LARGEST)
    except NotUsable as unfit:
        raise UsageError(f"{source} is {unfit.reason}.") from None
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror or 'an input/output error'}.") from None
    try:
        document = orjson.loads(raw.removeprefix(BOM))
    except orjson.JSONDecodeError:
        raise UsageError(
            f"{source} is not JSON.",
            remedy="Give a page of records, or an OpenAPI document, as JSON; of YAML make that.",
        ) from None
    seen = read_openapi(document, source.name) if is_openapi(document) else read_sample(document, source.name)
    if not seen.fields:
        raise UsageError(f"The records of {source} have no fields that can be declared.")
    return seen


def _must_load(text: str, name: str) -> None:
    """Raise for a declaration that cannot work: a bug of ours."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.py"
        file.write_text(text, "utf-8")
        wrong = [fault for system in run_file(file) for fault in faults(system)]
    if wrong:
        raise EtlError(f"The declaration that was made cannot work: {'; '.join(wrong)}.", remedy="Please report it.")
