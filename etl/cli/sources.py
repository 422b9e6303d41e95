"""`etl sources`."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.output import common, print_json, print_table


@click.command()
@common
def sources(config: Path, as_json: bool, quiet: bool, log_format: str) -> None:  # every command takes these
    """List the systems, their streams, and what each can do. Needs no configuration."""
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
    if not as_json:
        print_table(
            "",
            ("system", "stream", "can", "tables", "exported"),
            [(r["system"], r["stream"], ", ".join(r["can"]), ", ".join(r["tables"]), r["exported"]) for r in rows],
        )
    else:
        print_json({"command": "sources", "status": "complete", "exit_code": 0, "sources": rows})
