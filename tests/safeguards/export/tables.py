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
    Safeguard(
        "more than a fifth that vanish are not believed",
        "etl/runs/deletions.py",
        "if changes.share_vanished > BELIEVED and not accept:",
        "if False:",
        ("test_deletions.py::test_more_than_a_fifth_is_not_believed_and_the_tables_stay",),
    ),
)
