"""Contact data of shops, leisure parks and offices: out of their APIs, clean, and back in where it should go.

The verbs as calls, for a program, a notebook or a scheduler; each is described in `etl.library`:

    from etl import export_account
    export_account("etl.toml", "bikes", since="last", out="out")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from etl.errors import (
        BudgetSpent,
        ConfigurationError,
        CredentialsRefused,
        EtlError,
        RowsRejected,
        TryLater,
        UsageError,
    )
    from etl.library import (
        Stop,
        check_account,
        erase_person,
        export_account,
        export_person,
        find_person,
        migrate_account,
        propose_map,
        push_rows,
        rebuild_state,
        replay_account,
        review_rows,
        settings_of,
        summary_of,
        with_account,
    )

__version__ = "0.1.0"

__all__ = [
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


def __getattr__(name: str) -> Any:
    """The public names, imported when they are asked for: `etl --help` needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    errors = import_module("etl.errors")
    return getattr(errors, name) if hasattr(errors, name) else getattr(import_module("etl.library"), name)
