"""Print tables and messages for people, one JSON object for programs, and logs on stderr."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from etl.errors import EtlError, TryLater
from etl.scrub import OURS, scrubbed, scrubbed_values

F = TypeVar("F", bound=Callable[..., Any])
log = logging.getLogger("etl")
KEPT_WHOLE = ("run", "table", "from", "stream", "account")
"""Columns of names that users copy: never wrapped."""


class Quit(Exception):
    """Ends the process with this code; all is printed except for the error, if there is one."""

    def __init__(self, code: int, error: EtlError | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.error = error


def common(command: F) -> F:
    """The options that every command takes."""
    for option in reversed(
        (
            click.option(
                "--config",
                type=click.Path(path_type=Path),
                default="etl.toml",
                show_default=True,
                help="The configuration.",
            ),
            click.option("--json", "as_json", is_flag=True, help="End with one JSON object on stdout."),
            click.option("--quiet", is_flag=True, help="No progress and no table."),
            click.option(
                "--log-format",
                type=click.Choice(["text", "json"]),
                default="text",
                show_default=True,
                help="Log lines on stderr.",
            ),
        )
    ):
        command = option(command)
    return command


def waits(command: F) -> F:
    """The option of every command that calls an API."""
    return click.option("--wait", is_flag=True, help="Wait for the budget however long, instead of parking.")(command)


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object per line: UTC time, level, message and its `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        own = {
            name: getattr(record, name)
            for name in ("run_id", "account", "stream", "rows", "calls")
            if hasattr(record, name)
        }
        return json.dumps(
            {"time": at, "level": record.levelname.lower(), "message": record.getMessage(), **own}, ensure_ascii=False
        )


class Quietly(logging.StreamHandler[Any]):
    """A log handler that ignores a closed stream: that is no reason to stop, or to complain."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        pass


def set_up_logs(log_format: str, *, quiet: bool) -> None:
    handler = Quietly(sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else logging.Formatter("etl: %(message)s"))
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(logging.WARNING if quiet or log_format == "text" else logging.INFO)


def print_json(summary: Mapping[str, Any]) -> None:
    """Print the summary as the last line on stdout."""
    told = scrubbed_values(summary)
    sys.stdout.write(json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=plain) + "\n")


def plain(value: object) -> str:
    """Convert a value that JSON has no form for: times in UTC with Z, decimals with their scale."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = (), width: int = 120
) -> None:
    """Print a table for people on stdout; if that is not a terminal, plain and of that width."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", box=SIMPLE, pad_edge=False)
    for column in columns:
        table.add_column(
            column, justify="right" if column in right else "left", overflow="fold", no_wrap=column in KEPT_WHOLE
        )
    for row in rows:
        table.add_row(
            *(
                f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else scrubbed(str(value))
                for value in row
            )
        )
    console = Console(markup=False)  # a value is no instruction
    if not console.is_terminal:
        console = Console(width=width, markup=False)
    try:
        console.print(table)
    except SystemExit:  # rich's way to take a closed pipe
        raise BrokenPipeError from None


def complain(message: str) -> None:
    """Print an error or a warning on stderr: a line for people, or a log line if logs are JSON."""
    log.error(message)


def say(message: str) -> None:
    """Print a line for people on stderr. A closed stderr is no reason to stop."""
    with contextlib.suppress(OSError):
        click.echo(scrubbed(message), err=True)


def print_object(told: Mapping[str, Any], *, ours: frozenset[str] = OURS) -> None:
    """Print an object for people on stdout, as JSON with a line a key; which values are `ours`, `etl.scrub` says."""
    click.echo(json.dumps(scrubbed_values(told, ours=ours), indent=2, ensure_ascii=False, default=plain))


def print_text(text: str) -> None:
    """Print what was asked for, on stdout."""
    click.echo(scrubbed(text))


def fail(error: EtlError, as_json: bool, *, code: int | None = None, command: str | None = None) -> int:
    """Print an error that ended a command before it had a report; return the exit code."""
    code = error.exit_code if code is None else code
    complain(str(error))
    if as_json:
        resume_at = error.resume_at.isoformat() if isinstance(error, TryLater) and error.resume_at else None
        with contextlib.suppress(OSError):
            told = {
                "command": command,
                "status": "failed",
                "exit_code": code,
                "error": str(error),
                "resume_at": resume_at,
            }
            print_json(told)
    return code
