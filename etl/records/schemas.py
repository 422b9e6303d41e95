"""Generate the published contracts of the output tables from their models; `make schemas` writes them.

    tables/<table>.schema.json   JSON Schema 2020-12 of one row, as JSON lines and `etl get --json` print it
    tables/<table>.arrow.json    the Arrow schema of the Parquet files, in a form for readers
    pairs/<source>-<target>.json which columns of the tables survive a move from one system to another

A column's description ends with its name in each API that it comes from. A test compares the files with `render`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from etl import records
from etl.systems import SYSTEMS
from etl.systems import round_trips as pairs

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FOLDER, PAIRS = "tables", "pairs"


def render() -> dict[str, bytes]:
    """Render every generated file, by its path under `schemas/`."""
    files: dict[str, Mapping[str, Any]] = {}
    for table in records.TABLES:
        files[f"{FOLDER}/{table}.schema.json"] = json_schema(table)
        files[f"{FOLDER}/{table}.arrow.json"] = arrow_rendering(table)
    files |= {f"{PAIRS}/{name}.json": table for name, table in pairs.render().items()}
    return {
        path: (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode() for path, content in files.items()
    }


def write(folder: Path) -> list[Path]:
    """Write the generated files under a folder, and remove those of tables and pairs that no longer exist."""
    generated = {folder / path: content for path, content in render().items()}
    for path, content in generated.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for stale in {*(folder / FOLDER).glob("*.json"), *(folder / PAIRS).glob("*.json")} - set(generated):
        stale.unlink()
    return sorted(generated)


def json_schema(table: str) -> dict[str, Any]:
    """Build the JSON Schema of one row of a table, its columns in order."""
    model = records.TABLES[table]
    generated = model.model_json_schema(mode="serialization")
    columns = {}
    for name in records.fields(table):
        column = generated["properties"][name]
        typed = {key: value for key, value in column.items() if key not in ("title", "description", "default")}
        columns[name] = {"description": described(table, name), **typed}
    return {
        "$schema": DIALECT,
        "title": table,
        "description": summary(table),
        "type": "object",
        "properties": columns,
        "required": list(columns),
        "additionalProperties": False,
    }


def arrow_rendering(table: str) -> dict[str, Any]:
    """Render the Arrow schema of a table: its columns with type, nullability and the keys of their metadata."""
    schema = records.arrow_schema(table, names={name: "" for name, own in own_names(table).items() if own})
    columns = [
        {
            "name": field.name,
            "type": str(field.type),
            "nullable": field.nullable,
            "description": described(table, field.name),
            "metadata": sorted(key.decode() for key in field.metadata),
        }
        for field in schema
    ]
    return {"table": table, "description": summary(table), "columns": columns, "metadata": [*_keys(schema), "writer"]}


def _keys(schema: Any) -> Iterator[str]:
    return (key.decode() for key in schema.metadata)


def summary(table: str) -> str:
    return (records.TABLES[table].__doc__ or "").strip()


def described(table: str, column: str) -> str:
    """Return a column's description, followed by its name in each API."""
    text = records.fields(table)[column].description or ""
    own = own_names(table)[column]
    return f"{text} ({'; '.join(f'{system}: {name}' for system, name in own.items())})" if own else text


def own_names(table: str) -> dict[str, dict[str, str]]:
    """Map each column to the systems that have it, and each of these to the column's name in its API."""
    names: dict[str, dict[str, str]] = {name: {} for name in records.fields(table)}
    for system in SYSTEMS.loaded.values():
        for stream in system.streams:
            for column, name in stream.names.get(table, {}).items():
                if column in names:
                    names[column].setdefault(system.id, name)
    return names


if __name__ == "__main__":
    for written in write(Path(sys.argv[1] if len(sys.argv) > 1 else "schemas")):
        sys.stdout.write(f"{written}\n")
