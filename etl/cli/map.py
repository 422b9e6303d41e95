"""`etl map`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from etl.cli.output import common, print_json, print_table, say, set_up_logs
from etl.cli.push_options import TO


@click.command("map")
@click.argument("file", type=click.Path(path_type=Path))
@TO
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook; else the first that is not hidden.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("map.toml"), show_default=True, help="The map.")
@common
def map_(
    file: Path, target: str, sheet: str | None, out: Path, config: Path, as_json: bool, quiet: bool, log_format: str
) -> None:
    """Propose a map.toml for your own table: which of its columns is what, and what each guess rests on.

    Check it, and give it to etl push or etl normalise with --map. Calls no API.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.library.map import propose_map

    told = propose_map(config, file, target, out, sheet=sheet)
    if as_json:
        print_json(told)
        return
    if quiet:
        return
    print_table(
        "",
        ("column", "is", "because of", "such as"),
        [
            (
                one["column"],
                one["is"] or (f"{one['also']}?" if one["also"] else "?"),
                one["basis"],
                _such(one["samples"]),
            )
            for one in told["columns"]
        ],
    )
    say(f"{out} is written: check every line. Then:")
    key = f" --key {shlex.quote(told['key'])}" if told["key"] else " --key COLUMN"
    of = f" --sheet {shlex.quote(sheet)}" if sheet else ""
    say(f"    etl push {shlex.quote(str(file))} --to {target} --map {shlex.quote(str(out))}{key}{of} --dry-run")


def _such(samples: list[str]) -> str:
    return " | ".join(text if len(text) <= 24 else f"{text[:23]}…" for text in samples)
