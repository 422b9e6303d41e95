"""Migrate from one account to another: export the source, then push the exported files, as one command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from etl.config.settings import Settings
from etl.errors import EtlError, UsageError
from etl.push.input.rows import Input, read_input
from etl.push.push import Setting, push
from etl.push.push_order import Destination, Order
from etl.push.report import PushReport
from etl.records import fields
from etl.runs.deletions import Accepted
from etl.runs.export import export
from etl.runs.export_order import ExportOrder
from etl.runs.progress import OnProgress
from etl.runs.report import TablesReport
from etl.runs.workspace import Selected, select
from etl.tables.column_map import Ignored
from etl.tables.known_columns import KEYS

EXPORT = "export"
"""The folder under --out that the source is exported to."""


@dataclass(frozen=True)
class MigrationSource:
    """The streams to migrate; `skipped` are those of the account that the target does not take."""

    selected: Sequence[Selected]
    skipped: Sequence[str]


def source_of(settings: Settings, name: str, destination: Destination) -> MigrationSource:
    """Resolve ACCOUNT[.STREAM] to the streams whose records the target takes. Raises UsageError where there is none."""
    chosen = select(settings, [name])
    fits = [(account, stream) for account, stream in chosen if stream.tables[0] == destination.target.table]
    if not fits:
        raise UsageError(f"{name} has nothing that {destination.name} takes: it takes {destination.target.table}.")
    if any(
        (account.name, stream.name) == (destination.account.name, destination.stream.name) for account, stream in fits
    ):
        raise UsageError(f"{name} is where the rows are to go.")
    skipped = [f"{account.name}.{stream.name}" for account, stream in chosen if (account, stream) not in fits]
    return MigrationSource(fits, skipped)


def check_ignored(order: Order, destination: Destination) -> None:
    """Refuse, before the export, what reading its files would refuse, and a filter column that is ignored, since rows
    that it excludes would be sent. Raises UsageError."""
    ignored = Ignored(order.ignore)
    ignored.check(fields(destination.target.table))
    if keys := ignored.among(KEYS):
        raise UsageError(f"--ignore {keys[0]}: an export's rows are told apart by it.")
    chosen_by = {"kind": order.kind is not None, "active": order.active_only}
    remedies = {"kind": "To bring every kind over, say --kind all.", "active": "To bring them all, --include-inactive."}
    for name in ignored.among(name for name, does in chosen_by.items() if does):
        raise UsageError(f"--ignore {name}: rows are chosen by it.", remedy=remedies[name])


async def fetch(
    setting: Setting,
    source: MigrationSource,
    *,
    out: Path,
    accepted: Accepted,
    on_progress: OnProgress = lambda _: None,
) -> TablesReport:
    """Export the source. Raises the export's error where it is incomplete: nothing is migrated in part."""
    order = ExportOrder(
        source.selected, out / EXPORT, accept_deletions=accepted.deletions, accept_rejects=accepted.rejects
    )
    report = await export(
        setting.settings,
        order,
        wait=setting.wait,
        clock=setting.clock,
        on_progress=on_progress,
        on_wait=setting.on_wait,
        stop=setting.stop,
    )
    if report.errors:
        raise sorted(report.errors, key=lambda error: error.waiting_helps)[0]
    return report


def files_of(source: MigrationSource, destination: Destination, out: Path) -> list[Path]:
    table = destination.target.table
    return [out / EXPORT / table / f"{account.name}.{stream.name}.parquet" for account, stream in source.selected]


def read_exported(setting: Setting, order: Order, source: MigrationSource) -> Input:
    """Read the exported rows as the input of a push."""
    order = replace(order, files=files_of(source, setting.destination, order.out))
    return read_input(order, setting.destination)


async def push_exported(
    setting: Setting,
    order: Order,
    source: MigrationSource,
    exported: TablesReport,
    *,
    on_progress: OnProgress = lambda _: None,
    data: Input | None = None,
) -> PushReport:
    """Push the exported rows; `data` is that input, if it was read already."""
    data = data or read_exported(setting, order, source)
    report = await push(setting, data.order, data, command="migrate", calls=exported.calls, on_progress=on_progress)
    if exported.rejected and report.error is None:
        report.error = UnreadableRecords(exported.rejected)
    return report


class UnreadableRecords(EtlError):
    """Some records of the source could not be read."""

    exit_code = 65

    def __init__(self, rows: int) -> None:
        super().__init__(
            f"{rows} records of the source could not be read, and were not brought over.",
            remedy=f"They stand under {EXPORT}/rejects/, with their reasons.",
        )
