"""What stands in a table is what was received, and nothing else."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard

TABLES = (
    Safeguard(
        "an export whose rows do not balance does not succeed",
        "etl/runs/stream.py",
        "if built.received != built.written + built.duplicates + built.rejected:",
        "if False:",
        ("runs/test_balance.py::test_an_export_whose_rows_do_not_balance_does_not_succeed",),
        quick=True,
    ),
)
