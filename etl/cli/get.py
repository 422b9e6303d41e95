"""`etl get` and `etl find`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from etl.cli.output import common, print_json, print_object, set_up_logs, waits

if TYPE_CHECKING:
    from etl.runs.lookup import Found

FIND = (
    "email",
    "phone-number",
    "postal-code",
    "house-number",
    "house-number-postfix",
    "query",
    "country-code",
    "customer-type-id",
)


@click.command()
@click.argument("stream", metavar="ACCOUNT.STREAM")
@click.argument("record_id", metavar="ID")
@click.option("--raw", is_flag=True, help="As received, not normalised.")
@waits
@common
def get(
    stream: str, record_id: str, raw: bool, wait: bool, config: Path, as_json: bool, quiet: bool, log_format: str
) -> None:
    """Fetch one record and print it, normalised."""
    set_up_logs(log_format, quiet=quiet)
    from etl.cli import running
    from etl.config import settings
    from etl.runs.lookup import get_record

    _show("get", running.run(get_record(settings.load(config), stream, record_id, wait=wait)), raw, as_json)


def _find_options(command: click.decorators.FC) -> click.decorators.FC:
    for name in reversed(FIND):
        command = click.option(f"--{name}", help=f"Find by {name.replace('-', ' ')}.")(command)
    return command


@click.command()
@click.argument("stream", metavar="ACCOUNT.STREAM")
@_find_options
@click.option("--raw", is_flag=True, help="As received, not normalised.")
@waits
@common
def find(
    stream: str,
    raw: bool,
    wait: bool,
    config: Path,
    as_json: bool,
    quiet: bool,
    log_format: str,
    **criteria: str | None,
) -> None:
    """Find records by e-mail, phone number, postcode and so on, and print them, normalised."""
    set_up_logs(log_format, quiet=quiet)
    given = {name: value for name, value in criteria.items() if value}
    from etl.cli import running
    from etl.config import settings
    from etl.runs.lookup import find_records

    _show("find", running.run(find_records(settings.load(config), stream, given, wait=wait)), raw, as_json)


def _show(command: str, found: Found, raw: bool, as_json: bool) -> None:
    records: Sequence[Mapping[str, Any]] = found.raw if raw else found.records
    if as_json:
        print_json(
            {
                "command": command,
                "status": "complete",
                "exit_code": 0,
                "received": len(found.records),
                "records": records,
                "calls": {
                    "sent": found.calls.sent,
                    "retried": found.calls.retried,
                    "limited": found.calls.limited,
                    "over_fetched": 0,
                },
            }
        )
        return
    for record in records:
        print_object(record, ours=frozenset())
