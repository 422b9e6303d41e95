"""`etl normalise`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from etl.cli.export import pseudonyms_option, read_pseudonyms
from etl.cli.output import Quit, common, print_json, print_table, say, set_up_logs


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where to write; .csv, .xlsx or .parquet.")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook; else the first that is not hidden.")
@click.option("--default-country", metavar="CODE", help="Country (ISO 3166-1) of rows that name none and prove none.")
@click.option(
    "--policy",
    type=click.Choice(["usual", "null", "reject"]),
    default="usual",
    show_default=True,
    help="What becomes of an address with two readings: the usual one, none, or the row set aside.",
)
@click.option("--map", "mapping", type=click.Path(path_type=Path), help="Which column is what: a map.toml.")
@pseudonyms_option
@common
def normalise(
    file: Path,
    out: Path,
    sheet: str | None,
    default_country: str | None,
    policy: Literal["usual", "null", "reject"],
    mapping: Path | None,
    keyfile: Path | None,
    config: Path,  # every command takes it
    as_json: bool,
    quiet: bool,
    log_format: str,
) -> None:
    """Normalise the contact columns of your own CSV, workbook or Parquet file, and keep all others.

    Columns are those of the contacts table, any of them, or what people call them in Dutch, French, German or English;
    country, province and phone as people write them.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.errors import UsageError
    from etl.normalise.country import is_code
    from etl.tables.normalise_file import normalise_file

    if default_country is not None and not is_code(default_country.upper()):
        raise UsageError(f"--default-country {default_country!r} is not an ISO 3166-1 code.", remedy="One is NL.")
    done = normalise_file(
        file,
        out,
        sheet=sheet,
        country=default_country.upper() if default_country else None,
        policy=policy,
        pseudonyms=read_pseudonyms(keyfile),
        mapping=mapping,
    )
    code = 65 if done.rejected or done.unread else 0
    if as_json:
        files = [str(path) for path in done.files]
        print_json(
            {
                "command": "normalise",
                "status": "complete",
                "exit_code": code,
                "tables": {"contacts": {"rows": done.written, "files": files[:1]}},
                "received": done.received,
                "written": done.written,
                "rejected": done.rejected,
                "issues": dict(done.flags),
                "columns": dict(done.columns),
                "not_recognised": done.kept,
                "files": files,
                "notes": [*done.odd, *done.notes],
            }
        )
    elif not quiet:
        if done.flags:
            print_table("", ("flag", "rows"), done.flags.items(), right=("rows",))
        if renamed := [f"{name} as {ours}" for ours, name in done.columns.items() if name != ours]:
            say(f"Read: {', '.join(renamed)}.")
        if done.kept:
            kept_as = "emptied" if keyfile else "kept as they are"
            say(f"Not recognised, and {kept_as}: {', '.join(done.kept)}.")
        for note in done.notes:
            say(note)
        if done.unread:
            say(f"They look like contacts, and are not read: {', '.join(done.unread)}. Rename them, or say with --map.")
        say(
            f"{done.received:,} rows read, {done.written:,} written to {out}"
            + (f", {done.rejected:,} set aside in {done.files[-1]}" if done.rejected else "")
        )
    raise Quit(code)
