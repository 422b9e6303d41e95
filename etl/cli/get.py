"""`etl get` and `etl find`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from etl.cli.output import common, print_json, print_object, set_up_logs, waits

if TYPE_CHECKING:
    from etl.runs.lookup import Found

CRITERION = re.compile(r"--[a-z][a-z0-9-]*")


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


class Find(click.Command):
    """Takes an option for each criterion of the systems that are known. Another one may be of a plugin's system, which
    is known with its account: whether the stream has it is found where it is searched."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = (argument.partition("=")[0] for argument in takewhile(lambda one: one != "--", args))
        known = {flag for option in self.get_params(ctx) for flag in option.opts}
        more = [flag for flag in dict.fromkeys(given) if flag not in known and CRITERION.fullmatch(flag)]
        ctx.meta[__name__] = [click.Option([flag]) for flag in more]
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        from etl.systems import SYSTEMS

        streams = (stream for system in SYSTEMS.loaded.values() for stream in system.streams)
        names = dict.fromkeys(name for stream in streams for name in stream.find_parameters)
        criteria = [
            click.Option([f"--{name.replace('_', '-')}"], help=f"Find by {name.replace('_', ' ')}.") for name in names
        ]
        stream, *options = super().get_params(ctx)
        return [stream, *criteria, *ctx.meta.get(__name__, ()), *options]


@click.command(cls=Find)
@click.argument("stream", metavar="ACCOUNT.STREAM")
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
