"""What the ledger costs a row: the two writes that every row needs, with so many rows in a transaction."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from etl.state.entries import EntryState, Line, Source, Step
from etl.state.ledger_file import LedgerPaths, open_ledger

WANTED_US = 150
GROUPS = (1, 8, 32, 128)


def ledger_us(folder: Path, group: int, rows: int) -> float:
    """Microseconds a row: the intent and the outcome, each in transactions of so many rows."""
    now = datetime.now(UTC)
    body = json.dumps({"name": "Jansen", "email": "jansen@example.nl", "street": "Dorpsstraat", "city": "Utrecht"})
    place = LedgerPaths(folder / f"ledger-{group}", folder / "seals")
    with open_ledger(place, "shop.example.nl/customers", now=now) as ledger:
        ledger.begin("run", "shop.customers", now)
        began = time.perf_counter()
        for start in range(0, rows, group):
            sources = [(n, Source("", "", str(n))) for n in range(start, min(start + group, rows))]
            ledger.write(
                [
                    write
                    for n, source in sources
                    for write in (
                        Step(source, EntryState.SENDING, "create", None, "hash", body, None, "run", n, now),
                        Line("run", n, source, "unknown", message="sent"),
                    )
                ]
            )
            ledger.write(
                [
                    write
                    for n, source in sources
                    for write in (
                        Step(source, EntryState.DONE, remote_id=str(n), draft=body, base=body),
                        Line("run", n, source, "created", str(n), 200, after=body),
                    )
                ]
            )
        return (time.perf_counter() - began) / rows * 1e6


def tell(found: Sequence[tuple[int, float]]) -> None:
    print(f"\nledger, intent and outcome (wanted: at most {WANTED_US} us a row, with the rows in flight)")
    print(f"{'rows a transaction':<20}{'us a row':>10}")
    for group, micros in found:
        print(f"{group:<20}{micros:>10.0f}")
