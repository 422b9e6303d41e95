"""The order for an export or a replay: streams, folder, formats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.config.settings import Account
from etl.runs.report import StreamReport, TablesReport
from etl.runs.workspace import Selected
from etl.tables.dialect import Dialect, DialectName, named
from etl.tables.pseudonyms import Pseudonyms


@dataclass(frozen=True)
class ExportOrder:
    """Which streams, where to, in which formats; for an export also since when.

    `accept_deletions` accepts a run in which many rows of the one before have vanished, `accept_rejects` one of which
    many rows cannot be read. `pseudonyms` stand in the tables in place of people. `dialect` is that of CSV.
    """

    selected: Sequence[Selected]
    out: Path
    forms: Sequence[str] = ("parquet",)
    since: str | None = None
    accept_deletions: bool = False
    accept_rejects: bool = False
    pseudonyms: Pseudonyms | None = None
    dialect: DialectName | None = None

    def __post_init__(self) -> None:
        """Raises UsageError for a dialect where no CSV is written."""
        named(self.dialect, self.forms)

    @property
    def csv(self) -> Dialect:
        """The dialect of the CSV that it writes."""
        return named(self.dialect, self.forms)

    @property
    def names(self) -> list[str]:
        return [f"{account.name}.{stream.name}" for account, stream in self.selected]

    @property
    def accounts(self) -> list[Account]:
        return list({account.name: account for account, _ in self.selected}.values())

    @property
    def arguments(self) -> str:
        """The arguments by which two orders are the same, as JSON."""
        asked = {
            "streams": sorted(self.names),
            "out": str(self.out.absolute()),
            "forms": sorted(self.forms),
            "since": self.since,
            **({"pseudonyms": True} if self.pseudonyms is not None else {}),
            **({"dialect": self.dialect} if self.dialect is not None else {}),
        }
        return json.dumps(asked, sort_keys=True)

    def report(self, command: str, run_id: str) -> TablesReport:
        """The report of a run that has just begun, with no stream done."""
        return TablesReport(command, run_id, [StreamReport(one.name, stream.name) for one, stream in self.selected])
