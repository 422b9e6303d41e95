"""`etl sources`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from etl.cli.output import common, print_json, print_table


@click.command()
@common
def sources(config: Path, as_json: bool, quiet: bool, log_format: str) -> None:  # every command takes these
    """List the systems, their streams and targets, and what each can do. Needs no configuration."""
    from etl.systems import SYSTEMS

    rows = []
    for system in SYSTEMS.values():
        for stream in system.streams:
            can = ["list", "get", *(["find"] if stream.find else []), *(["since"] if stream.since else [])]
            when = "" if stream.by_default else "when named"
            rows.append(
                {
                    "system": system.id,
                    "stream": stream.name,
                    "can": can,
                    "tables": list(stream.tables),
                    "exported": when or "by default",
                }
            )
    written = list(_targets())
    if as_json:
        told = {"command": "sources", "status": "complete", "exit_code": 0}
        print_json({**told, "sources": rows, "targets": written})
        return
    print_table(
        "Read",
        ("system", "stream", "can", "tables", "exported"),
        [(r["system"], r["stream"], ", ".join(r["can"]), ", ".join(r["tables"]), r["exported"]) for r in rows],
    )
    print_table(
        "Written",
        ("system", "target", "can", "tables", "known again by"),
        [(w["system"], w["target"], ", ".join(w["can"]), ", ".join(w["tables"]), w["known_by"]) for w in written],
    )


def _targets() -> Iterator[dict[str, Any]]:
    """Yield what can be written, and by what a record in doubt is recognised."""
    from etl.systems.targets import TARGETS

    for system, targets in TARGETS.items():
        for target in targets:
            ways = {"create": target.create, "update": target.update, "delete": target.delete}
            known_by = target.reference or ("the API merges equals" if target.merges else "one at a time, by its place")
            can = [name for name, call in ways.items() if call is not None]
            tables = [target.table, *target.children]
            yield {"system": system, "target": target.name, "can": can, "tables": tables, "known_by": known_by}
