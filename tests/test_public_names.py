"""The names that a program may import from `etl`: one that goes, or comes, is a decision and not a slip."""

from __future__ import annotations

import etl

NAMES = [
    "BudgetSpent",
    "ConfigurationError",
    "CredentialsRefused",
    "EtlError",
    "RowsRejected",
    "Stop",
    "TryLater",
    "UsageError",
    "__version__",
    "check_account",
    "erase_person",
    "export_account",
    "export_person",
    "find_person",
    "migrate_account",
    "propose_map",
    "push_rows",
    "rebuild_state",
    "replay_account",
    "review_rows",
    "settings_of",
    "summary_of",
    "with_account",
]


def test_the_public_names_are_these() -> None:
    assert etl.__all__ == NAMES
    assert [name for name in NAMES if not hasattr(etl, name)] == []
