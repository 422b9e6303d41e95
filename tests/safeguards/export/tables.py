"""What stands in a table is what was received, and nothing else."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard

TABLES = (
    Safeguard(
        "an export whose rows do not balance does not succeed",
        "etl/tables/build.py",
        "if built.received != built.written + built.duplicates + built.rejected + built.erased:",
        "if False:",
        ("runs/test_balance.py::test_an_export_whose_rows_do_not_balance_does_not_succeed",),
        quick=True,
    ),
    Safeguard(
        "more than a fifth that vanish are not believed",
        "etl/runs/deletions.py",
        "if changes is not None and changes.share_vanished > BELIEVED and not accepted.deletions:",
        "if False:",
        ("test_deletions.py::test_more_than_a_fifth_is_not_believed_and_the_tables_stay",),
    ),
    Safeguard(
        "a table of which more than a fifth cannot be read any more stays",
        "etl/runs/unreadable.py",
        "if changes is not None and changes.unread > BELIEVED * changes.before:",
        "if False:",
        ("runs/test_many_rejected.py::test_a_fifth_of_the_table_may_become_unreadable",),
        quick=True,
    ),
    Safeguard(
        "more than a fifth of what came is not rejected without being told",
        "etl/runs/unreadable.py",
        "if fresh < FEWEST or fresh <= BELIEVED * came:",
        "if True:",
        ("runs/test_many_rejected.py::test_rows_that_are_new_and_unreadable_count_by_what_came",),
    ),
    Safeguard(
        "a replay that reads less than the export did is not written",
        "etl/runs/unreadable.py",
        "if implausible and not accept:",
        "if False:",
        ("runs/test_many_rejected.py::test_a_replay_that_reads_less_than_the_export_did_keeps_the_table",),
    ),
    Safeguard(
        "rejects of an export that ends early are dropped",
        "etl/tables/build.py",
        "        self._rejects.discard()\n",
        "",
        ("tables/test_rejects.py::test_an_export_that_ends_early_leaves_the_rejects_of_the_one_before",),
    ),
    Safeguard(
        "rejects go to the disk as they come",
        "etl/tables/rejects.py",
        """self._temporary, self._target), "wb")""",
        """self._temporary, self._target), "wb", 1 << 27)""",
        ("tables/test_rejects.py::test_memory_does_not_grow_with_what_is_rejected",),
    ),
)
