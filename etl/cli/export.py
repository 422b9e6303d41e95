"""`etl export`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from etl.cli.output import Quit, common, complain, print_json, print_table, say, set_up_logs, waits

if TYPE_CHECKING:
    from etl.runs.report import TablesReport
    from etl.tables.pseudonyms import Pseudonyms

FORMATS = ("parquet", "csv", "xlsx")


def formats(command: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--format",
        "forms",
        type=click.Choice(FORMATS),
        multiple=True,
        default=("parquet",),
        show_default=True,
        help="Output format; may be given more than once.",
    )(command)


def out_folder(command: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=True),
        required=True,
        help="Folder for the tables: DIR/<table>/<account>.<stream>.<format>.",
    )(command)


ACCEPT_REJECTS = click.option(
    "--accept-rejects",
    is_flag=True,
    help="Believe it where more than a fifth of the rows cannot be read: of the stream, in every folder from then on.",
)
ACCEPT_DELETIONS = click.option(
    "--accept-deletions", is_flag=True, help="Believe a run that misses more than a fifth of the rows of the last one."
)


def pseudonyms_option(command: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--pseudonyms",
        "keyfile",
        type=click.Path(path_type=Path),
        metavar="KEYFILE",
        help="Write pseudonyms in place of people, for test systems: the same ones with the same key.",
    )(command)


def read_pseudonyms(keyfile: Path | None) -> Pseudonyms | None:
    from etl.tables.pseudonyms import Pseudonyms

    return None if keyfile is None else Pseudonyms.read(keyfile)


@click.command()
@click.argument("streams", nargs=-1, metavar="[ACCOUNT[.STREAM]]...")
@out_folder
@formats
@pseudonyms_option
@click.option(
    "--since", metavar="last|TIMESTAMP", help="Fetch only what changed since the last export, or since a time."
)
@click.option("--full", is_flag=True, help="Discard cursor and unfinished run; fetch everything anew.")
@ACCEPT_DELETIONS
@ACCEPT_REJECTS
@waits
@common
def export(
    streams: tuple[str, ...],
    out: Path,
    forms: tuple[str, ...],
    keyfile: Path | None,
    since: str | None,
    full: bool,
    accept_deletions: bool,
    accept_rejects: bool,
    wait: bool,
    config: Path,
    as_json: bool,
    quiet: bool,
    log_format: str,
) -> None:
    """Fetch streams, land the raw pages, normalise them and write tables.

    Without a name, every account with its default streams. An interrupted or parked export with the same arguments
    goes on where it stopped.
    """
    set_up_logs(log_format, quiet=quiet)
    # before polars is loaded: download, normalisation and writing run concurrently already
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    from etl.cli import running
    from etl.config import settings
    from etl.runs.export import export as export_tables
    from etl.runs.export_order import ExportOrder
    from etl.runs.stop import Stop
    from etl.runs.stream import local_time
    from etl.runs.workspace import select

    loaded = settings.load(config)
    chosen = tuple(dict.fromkeys(forms))
    order = ExportOrder(
        select(loaded, streams),
        out,
        chosen,
        None if full else since,
        accept_deletions=accept_deletions,
        accept_rejects=accept_rejects,
        pseudonyms=read_pseudonyms(keyfile),
    )
    if since and since != "last":
        local_time(since, "UTC")
    stop = Stop()
    with running.progress(quiet=quiet) as watch:
        exporting = export_tables(
            loaded, order, full=full, wait=wait, on_progress=watch.progress, on_wait=watch.wait, stop=stop
        )
        report = running.report_of(exporting, stop)
    finish(report, as_json=as_json, quiet=quiet)


def finish(report: TablesReport, *, as_json: bool, quiet: bool) -> None:
    """Print the report of a run, and end with its exit code."""
    summary = report.as_dict()
    if as_json:
        _tell_problems(report)
        print_json(summary)
    elif not quiet:
        _show_tables(report)
        _tell_problems(report)
        named = ("written", "duplicates", "rejected", *(("erased",) if "erased" in summary else ()))
        counts = " + ".join(f"{summary[name]:,} {name}" for name in named)
        spent = f"{summary['calls']['sent']:,} calls, {report.seconds:.1f} s"
        say(f"{report.status}: {summary['received']:,} received = {counts}; {spent} (run {report.run_id})")
    else:
        _tell_problems(report)
    raise Quit(report.exit_code)


def _show_tables(report: TablesReport) -> None:
    rows = [
        (
            table,
            f"{stream.account}.{stream.stream}",
            count,
            ", ".join(Path(f).suffix[1:] for f in stream.built.files[table]),
        )
        for stream in report.streams
        if stream.built
        for table, count in stream.built.tables.items()
    ]
    if rows:
        print_table("", ("table", "from", "rows", "as"), rows, right=("rows",))


def _tell_problems(report: TablesReport) -> None:
    for error in dict.fromkeys(str(error) for error in report.errors):
        complain(str(error))
    for stream in report.streams:
        for note in stream.built.notes if stream.built else ():
            complain(f"{stream.account}.{stream.stream}: {note}.")
    if report.rejected:
        complain(f"{report.rejected} records were set aside, with their reasons, under rejects/.")
    for name, records in report.returned.items():
        complain(
            f"{name}: the source still has people who were erased here, in {records:,} records; they were left out. "
            "Have them removed there."
        )
    if report.stopped is not None:
        complain("stopped; what came is kept, and the same command goes on from there.")
    if report.resume_at:
        complain(f"try again after {report.resume_at:%Y-%m-%d %H:%M:%S} UTC.")
