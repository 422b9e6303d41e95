"""`etl replay`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from etl.cli.export import ACCEPT_REJECTS, OF_TABLES, finish, formats, out_folder, pseudonyms_option, read_pseudonyms
from etl.cli.output import common, set_up_logs

if TYPE_CHECKING:
    from etl.tables.dialect import DialectName


@click.command()
@click.argument("streams", nargs=-1, metavar="[ACCOUNT[.STREAM]]...")
@out_folder
@formats
@OF_TABLES
@ACCEPT_REJECTS
@pseudonyms_option
@common
def replay(
    streams: tuple[str, ...],
    out: Path,
    forms: tuple[str, ...],
    dialect: DialectName | None,
    accept_rejects: bool,
    keyfile: Path | None,
    config: Path,
    as_json: bool,
    quiet: bool,
    log_format: str,
) -> None:
    """Write the tables again from the landed pages, without a call to any API."""
    set_up_logs(log_format, quiet=quiet)
    from etl.cli import running
    from etl.config import settings
    from etl.runs.export_order import ExportOrder
    from etl.runs.replay import replay as replay_tables
    from etl.runs.stop import Stop
    from etl.runs.workspace import select

    loaded = settings.load(config, with_secrets=False, where_found=True)
    order = ExportOrder(
        select(loaded, streams),
        out,
        tuple(dict.fromkeys(forms)),
        accept_rejects=accept_rejects,
        pseudonyms=read_pseudonyms(keyfile),
        dialect=dialect,
    )
    stop = Stop()
    report = running.report_of(replay_tables(loaded, order, stop=stop), stop)
    finish(report, as_json=as_json, quiet=quiet)
