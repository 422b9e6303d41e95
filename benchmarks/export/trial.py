"""Time and verify one run, in its own temporary folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.export import verify
from benchmarks.export.load import Load
from benchmarks.export.measure import Run, measure
from benchmarks.export.rigs import OURS, Rig, export


def customers(rig: Rig, load: Load, rows: int) -> Run:
    """Copy all customers by that rig. Raises `RuntimeError` if it fails, `AssertionError` if rows are missing."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        run = measure(rig.command(load.base_url, folder), folder / "log")
        (verify.customers_of_etl if rig is OURS else verify.customers_of_peer)(folder, rows)
    return run


def contacten(load: Load, rows: int) -> Run:
    """Export the one large array by `etl`; raises as above."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        run = measure(export(load.base_url, folder, "park.contacten"), folder / "log")
        verify.contacten_of_etl(folder, rows)
    return run


def nothing(load: Load) -> Run:
    """Export by `etl` from a shop that has no customers."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        return measure(export(load.base_url, folder, "bikes.customers"), folder / "log")
