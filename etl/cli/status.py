"""`etl status`."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from etl.cli.output import common, complain, print_json, print_object, print_table
from etl.errors import UsageError

LISTED = ("run_id", "command", "started_at", "ended_at", "status", "exit_code", "resume_at")


@click.command()
@click.argument("run_id", required=False, metavar="[RUN]")
@click.option("--privacy", is_flag=True, help="What is kept of people, where, and for how long.")
@common
def status(run_id: str | None, privacy: bool, config: Path, as_json: bool, quiet: bool, log_format: str) -> None:
    """Show budgets, cursors and the latest runs, or one run in full."""
    if privacy:
        _show_privacy(config, as_json)
        return
    from etl.cli import running
    from etl.clock import SystemClock
    from etl.config import settings
    from etl.runs.tenant import with_shops
    from etl.runs.workspace import budgets, open_state

    loaded = settings.load(config)
    with open_state(loaded) as state:
        if run_id:
            _show_run(run_id, state.history.run(run_id), as_json)
            return
        runs, cursors = state.history.runs(), with_shops(state, loaded)
    left = {name: str(snapshot) for name, snapshot in running.run(budgets(loaded, clock=SystemClock())).items()}
    if as_json:
        listed = [
            {
                **{name: run[name] for name in LISTED},
                "dry_run": _is_dry(run["arguments"]),
                "outcomes": dict(_outcomes(run["summary"])) or None,
            }
            for run in runs
        ]
        told = {"command": "status", "status": "complete", "exit_code": 0}
        print_json({**told, "budgets": left, "cursors": cursors, "runs": listed})
        return
    _show_all(left, cursors, runs)


def _show_privacy(config: Path, as_json: bool) -> None:
    from etl.config import settings
    from etl.runs.person import privacy, unfinished
    from etl.runs.workspace import open_state

    loaded = settings.load(config, with_secrets=False)
    with open_state(loaded) as state:
        kept = privacy(loaded, state, [Path("out")])
    if as_json:
        told = {"command": "status", "status": "complete", "exit_code": 0, "kept": [asdict(one) for one in kept]}
        print_json({**told, "unfinished_erasures": unfinished(loaded)})
        return
    rows = [(one.kind, one.where, one.kept, one.people, one.files) for one in kept]
    print_table("What is kept", ("kind", "where", "kept", "people in it", "files"), rows, right=("files",))
    if unfinished(loaded):
        complain("An erasure was stopped on the way: run the same etl person erase again, and it does the rest.")


def _show_run(run_id: str, run: Mapping[str, Any] | None, as_json: bool) -> None:
    if run is None:
        raise UsageError(f"There is no run {run_id}.", remedy="etl status lists the latest.")
    unfinished = {
        "run_id": run_id,
        "command": run["command"],
        "status": "unfinished",
        "exit_code": None,
        "dry_run": _is_dry(run["arguments"]),
    }
    summary = json.loads(run["summary"]) if run["summary"] else unfinished
    print_json(summary) if as_json else print_object(summary)


def _show_all(left: Mapping[str, str], cursors: Sequence[Mapping[str, Any]], runs: Sequence[Mapping[str, Any]]) -> None:
    print_table("Calls left", ("account", "budget"), left.items())
    columns = ("stream", "complete", "server's time", "pages", "records")
    counted = ("pages", "records")
    present, others = ([_cursor(c) for c in cursors if c["present"] is one] for one in (True, False))
    print_table("Streams, as of their last complete extraction (UTC)", columns, present, right=counted)
    if others:
        print_table("Kept of other shops that had these names, and not used", columns, others, right=counted)
    print_table(
        "Runs",
        ("run", "command", "status", "exit", "received", "calls"),
        [
            (
                run["run_id"],
                _command(run),
                run["status"] or "unfinished",
                "" if run["exit_code"] is None else run["exit_code"],
                *_counts(run["summary"]),
            )
            for run in runs
        ],
        right=("received", "calls", "exit"),
    )

    pushes = [
        (run["run_id"], _command(run), ", ".join(f"{rows:,} {name}" for name, rows in outcomes))
        for run in runs
        if (outcomes := _outcomes(run["summary"]))
    ]
    if pushes:
        print_table("Pushes by outcome", ("run", "command", "outcomes"), pushes)


def _cursor(told: Mapping[str, Any]) -> tuple[object, ...]:
    name = f"{told['account']}.{told['stream']}"
    return name, _short(told["complete_at"]), _short(told["server_date"]), told["pages"], told["records"]


def _command(run: Mapping[str, Any]) -> str:
    return f"{run['command']} (dry run)" if _is_dry(run["arguments"]) else str(run["command"])


def _is_dry(arguments: str) -> bool:
    """Whether a run was a dry run."""
    with contextlib.suppress(ValueError):
        asked = json.loads(arguments)
        return isinstance(asked, dict) and asked.get("dry_run") is True
    return False


def _outcomes(summary: str | None) -> list[tuple[str, int]]:
    """The outcomes of the rows of a push."""
    told = json.loads(summary).get("outcomes") if summary else None
    return [(name, rows) for name, rows in (told or {}).items() if rows]


def _short(at: str | None) -> str:
    """Format a stored time for people: to the second, in UTC."""
    return at[:19].replace("T", " ") if at else ""


def _counts(summary: str | None) -> tuple[object, object]:
    if not summary:
        return "", ""
    known = json.loads(summary)
    return known.get("received", ""), known.get("calls", {}).get("sent", "")
