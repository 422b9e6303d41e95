"""Push rows, as a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from etl.config.settings import Settings
from etl.library.accounts import settings_of
from etl.library.arguments import Count, checked
from etl.library.outcome import settle
from etl.library.run_to_end import report_of
from etl.push.input.rows import read_input
from etl.push.push import Setting, held
from etl.push.push import push as send
from etl.push.push_order import (
    Keys,
    Match,
    Mode,
    OnConflict,
    Order,
    Proof,
    Reference,
    check,
    destination_of,
)
from etl.runs.stop import Stop
from etl.tables.dialect import DialectName


@checked
def push_rows(
    settings: Settings | Path | str,
    files: Sequence[Path | str],
    to: str,
    out: Path | str = "out",
    *,
    mode: Mode = "create",
    mapping: Path | str | None = None,
    key: str | None = None,
    source: str = "",
    keys: Keys | None = None,
    match: Match | None = None,
    children: Mapping[str, Path | str] | None = None,
    sheet: str | None = None,
    child_sheets: Mapping[str, str] | None = None,
    reference: Reference = "own",
    limit: Count | None = None,
    ignore: Sequence[str] = (),
    on_conflict: OnConflict = "review",
    clear_empty: bool = False,
    recreate_missing: bool = False,
    proof: Proof | None = None,
    strict: bool = False,
    stop_after_errors: Count | str | None = None,
    dialect: DialectName | None = None,
    dry_run: bool = False,
    rebuild_ledger: bool = False,
    wait: bool = False,
    stop: Stop | None = None,
) -> dict[str, Any]:
    """Send the rows of these files to ACCOUNT.STREAM, each exactly once; results and rejects are written to `out`.

    The options are those of `etl push`. The same call again sends nothing that is done, and looks up rows in doubt
    before it sends any of them. There is no confirmation: the call is the decision.

    Raises UsageError for a wrong argument, and for an unknown column that is not among `ignore` ("*" for all such);
    BudgetSpent, CredentialsRefused, TryLater (outcomes are still unknown, or rows pending), RowsRejected (rows
    are rejected or in review, the rest went through) and the other errors of `etl.errors`.
    """
    loaded = settings_of(settings)
    destination = destination_of(loaded, to)
    order = Order(
        files=[Path(file) for file in files],
        out=Path(out),
        mode=mode,
        dry_run=dry_run,
        mapping=None if mapping is None else Path(mapping),
        key=key,
        source=source,
        keys=keys,
        match=match,
        children={table: Path(file) for table, file in (children or {}).items()},
        sheet=sheet,
        child_sheets=child_sheets or {},
        reference=reference,
        limit=limit,
        ignore=ignore,
        on_conflict=on_conflict,
        clear_empty=clear_empty,
        recreate_missing=recreate_missing,
        proof=proof,
        strict=strict,
        stop_after_errors=None if stop_after_errors is None else str(stop_after_errors),
        dialect=dialect,
    )
    check(order, destination)
    setting = Setting(loaded, destination, order.out, rebuild=rebuild_ledger, wait=wait, stop=stop or Stop())
    with held(loaded, destination):
        given = read_input(order, destination)
        report = report_of(send(setting, order, given), setting.stop)
    return settle(report)
