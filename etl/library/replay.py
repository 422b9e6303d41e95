"""Rebuild one account's tables from landed pages, as a call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from etl.config.settings import Settings
from etl.library.accounts import settings_of
from etl.library.arguments import Format, checked
from etl.library.outcome import settle
from etl.library.run_to_end import report_of
from etl.runs.export_order import ExportOrder
from etl.runs.replay import replay
from etl.runs.stop import Stop
from etl.runs.workspace import select
from etl.tables.dialect import DialectName
from etl.tables.pseudonyms import Pseudonyms


@checked
def replay_account(
    settings: Settings | Path | str,
    account: str,
    streams: Sequence[str] = (),
    out: Path | str = "out",
    *,
    formats: Sequence[Format] = ("parquet",),
    dialect: DialectName | None = None,
    accept_rejects: bool = False,
    pseudonyms: Path | str | None = None,
) -> dict[str, Any]:
    """Rebuild the tables without a call to any API; with `pseudonyms`, a file with a key, these stand in the tables in
    place of people. Raises UsageError if nothing complete has landed, ConfigurationError for what is no such key, and
    ProtocolBroken if more than a fifth of the rows cannot be read, unless `accept_rejects`."""
    loaded = settings_of(settings)
    chosen = select(loaded, [f"{account}.{stream}" for stream in streams] or [account])
    order = ExportOrder(
        chosen,
        Path(out),
        tuple(dict.fromkeys(formats)),
        accept_rejects=accept_rejects,
        pseudonyms=None if pseudonyms is None else Pseudonyms.read(Path(pseudonyms)),
        dialect=dialect,
    )
    return replay_order(loaded, order)


def replay_order(settings: Settings, order: ExportOrder, stop: Stop | None = None) -> dict[str, Any]:
    return settle(report_of(replay(settings, order, stop=stop), stop))
