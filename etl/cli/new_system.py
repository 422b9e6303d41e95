"""`etl new-system`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from etl.cli.output import common, print_json, print_table, say, set_up_logs

WIDTH = 80


@click.command("new-system")
@click.argument("name")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="A page of records as the API gives it, or an OpenAPI document; as JSON.",
)
@click.option("--out", type=click.Path(path_type=Path), help="The declaration; else NAME.py.")
@common
def new_system(
    name: str, source: Path, out: Path | None, config: Path, as_json: bool, quiet: bool, log_format: str
) -> None:
    """Write a first declaration of an API of your own, and tell what was guessed and what was not.

    Check every line, name the file in etl.toml, and try it with `etl conformance NAME`. Calls no API.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.config.systems_files import know_systems_of
    from etl.new_system.write import new_system as write

    know_systems_of(config)
    told = write(name, source, out)
    if as_json:
        print_json(told)
        return
    if quiet:
        return
    fields = [(one["field"], one["type"], one["column"] or "", one["basis"]) for one in told["fields"]]
    print_table("", ("field", "type", "column", "because of"), fields, width=WIDTH)
    paging = told["paging"]
    say(f"Records: {told['records'] or 'the whole answer'}. Pages: {paging['is']}, because {paging['basis']}.")
    for unsure in told["not_guessed"]:
        say(f"Not guessed: {unsure}.")
    if told["others"]:
        say(f"Other lists of the document: {', '.join(told['others'])}.")
    (file,) = told["files"]
    say(f"{file} is written: check every line. Then, in {config}:")
    say(f'    [systems]\n    files = ["{file}"]')
    say(f"and:\n    etl conformance {shlex.quote(name)}")
