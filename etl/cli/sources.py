"""`etl sources`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from etl.cli.output import Quit, common, complain, print_json, print_table
from etl.errors import ConfigurationError

if TYPE_CHECKING:
    from etl.systems.declare import System


@click.command()
@common
def sources(config: Path, as_json: bool, quiet: bool, log_format: str) -> None:  # every command takes these
    """List the systems, their streams and targets, and what each can do. Needs no configuration."""
    from etl.config.systems_files import know_systems_of
    from etl.systems import SYSTEMS

    know_systems_of(config)
    systems, wrong = SYSTEMS.every()
    rows = []
    for system in systems:
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
    written = []
    for system in systems:
        try:
            written += _targets(system)
        except ConfigurationError as error:
            wrong.append(error)
    unverified = [{"system": system.id, "what": what} for system in systems for what in system.unverified]
    code = ConfigurationError.exit_code if wrong else 0
    for one in wrong:
        complain(str(one))
    if as_json:
        told = {"command": "sources", "status": "failed" if wrong else "complete", "exit_code": code}
        error_texts = {"error": " ".join(map(str, wrong))} if wrong else {}
        print_json({**told, "sources": rows, "targets": written, "unverified": unverified, **error_texts})
        raise Quit(code)
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
    if unverified:
        print_table(
            "Not verified with a live server", ("system", "what"), [(u["system"], u["what"]) for u in unverified]
        )
    raise Quit(code)


def _targets(system: System) -> list[dict[str, Any]]:
    """List what can be written, and by what a record in doubt is recognised."""
    from etl.systems.targets import targets_of

    found = []
    for target in targets_of(system):
        ways = {"create": target.create, "update": target.update, "delete": target.delete}
        known_by = target.reference or ("the API merges equals" if target.merges else "one at a time, by its place")
        can = [name for name, call in ways.items() if call is not None]
        tables = [target.table, *target.children]
        found.append({"system": system.id, "target": target.name, "can": can, "tables": tables, "known_by": known_by})
    return found
