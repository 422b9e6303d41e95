"""`etl status`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from etl.cli.output import common, print_json, print_table
from etl.errors import UsageError


@click.command()
@click.argument("run_id", required=False, metavar="[RUN]")
@common
def status(
    run_id: str | None, config: Path, as_json: bool, quiet: bool, log_format: str
) -> None:  # every command takes these
    """Show the latest runs, or one run in full."""
    from etl import settings
    from etl.workspace import open_state

    loaded = settings.load(config)

    with open_state(loaded) as state:
        runs = state.journal.runs()
        one = state.journal.run(run_id) if run_id else None
        cursors = state.journal.cursors()
    if run_id:
        if one is None:
            raise UsageError(f"There is no run {run_id}.", remedy="etl status lists the latest.")
        summary = (
            json.loads(str(one["summary"]))
            if one["summary"]
            else {"run_id": run_id, "status": "running", "exit_code": None}
        )
        print_json(summary) if as_json else click.echo(json.dumps(summary, indent=2, ensure_ascii=False))
        return
    if as_json:
        listed = [
            {
                name: row[name]
                for name in ("run_id", "command", "started_at", "ended_at", "status", "exit_code", "resume_at")
            }
            for row in runs
        ]
        print_json({"command": "status", "status": "complete", "exit_code": 0, "runs": listed, "cursors": cursors})
        return
    print_table(
        "Streams, as of their last complete extraction (UTC)",
        ("stream", "complete", "server's time", "pages", "records"),
        [
            (
                f"{c['account']}.{c['stream']}",
                short(c["complete_at"]),
                short(c["server_date"]),
                c["pages"],
                c["records"],
            )
            for c in cursors
        ],
        right=("pages", "records"),
    )
    print_table(
        "Runs",
        ("run", "command", "status", "exit", "received", "calls"),
        [
            (
                row["run_id"],
                row["command"],
                row["status"] or "unfinished",
                "" if row["exit_code"] is None else row["exit_code"],
                *_counts(row["summary"]),
            )
            for row in runs
        ],
        right=("received", "calls", "exit"),
    )


def short(at: str | None) -> str:
    """A stored time for people: to the second, in UTC."""
    return at[:19].replace("T", " ") if at else ""


def _counts(summary: object) -> tuple[object, object]:
    if not summary:
        return "", ""
    known = json.loads(str(summary))
    return known.get("received", ""), known.get("calls", {}).get("sent", "")
