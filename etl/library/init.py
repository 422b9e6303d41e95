"""Write a first etl.toml for a few accounts, checked and written atomically."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.config.secret import secret
from etl.config.settings import ACCOUNT_NAME
from etl.errors import CannotCreate, UsageError
from etl.library.accounts import with_account
from etl.state.files import make_folder, write_whole
from etl.systems import SYSTEMS
from etl.systems.declare import System
from etl.systems.declare.credentials import KEYS
from etl.systems.declare.limits import DAY, length_of

HEAD = """\
# Accounts of contact-etl, written by etl init. An unknown key is an error, so that no slip of the pen goes unnoticed.
# A secret is "${ENVIRONMENT_VARIABLE}", "file:PATH", or written out: that only in a file nobody else may read (0600).
"""
STATE = """
[state]
dir = ".etl"                                # landed pages and the journal, beside this file
keep_days = 90                              # landed pages and values in the ledger older than this go; 0 keeps all
keep_runs_days = 365                        # runs, their summaries and results older than this go; 0 keeps all
# budgets = "redis://HOST"                  # where several machines share the calls; else a file of this user
"""
COLUMN = 44


@dataclass(frozen=True)
class AccountDraft:
    """An account to be written: its name, system and keys as in etl.toml."""

    name: str
    system: str
    keys: Mapping[str, str]


def begin(path: Path, drafts: Sequence[AccountDraft], *, force: bool = False) -> None:
    """Write an etl.toml for these accounts, atomically and readable by its owner only (0600).

    Raises ConfigurationError for an invalid key, UsageError for a duplicate name, and CannotCreate if the file exists;
    with `force` it is replaced.
    """
    if path.exists() and not force:
        raise CannotCreate(f"{path} is there already, and is left as it is.", remedy="Name another, or say --force.")
    names = [draft.name for draft in drafts]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UsageError(f"The account {twice.pop()} is given twice.")
    for draft in drafts:
        check_draft(path, draft)
    make_folder(path.absolute().parent)
    write_whole(path, (HEAD + "".join(_account(draft) for draft in drafts) + STATE).encode())


def check_draft(path: Path, draft: AccountDraft) -> None:
    """Raise UsageError for a name, ConfigurationError for a key that `etl` would refuse in that file."""
    if not ACCOUNT_NAME.fullmatch(draft.name):
        raise UsageError(
            f"{draft.name[:80]!r} is not an account name.",
            remedy="Use at most 64 letters, digits, - and _: bikes, shop-2.",
        )
    keys = {
        key: secret(path, f"accounts.{draft.name}.{key}", value, private=True) if key in KEYS else value
        for key, value in draft.keys.items()
    }
    with_account(None, draft.name, {"system": draft.system, **keys}, state_dir=path.absolute().parent)


def _account(draft: AccountDraft) -> str:
    system = SYSTEMS[draft.system]
    known = {"system": draft.system, **draft.keys}
    lines = [_key(key, value, system.title if key == "system" else "") for key, value in known.items()]
    return "\n".join([f"\n[accounts.{draft.name}]", *lines, *_left_open(system, draft), ""])


def _left_open(system: System, draft: AccountDraft) -> Iterable[str]:
    """Yield the optional keys, as comments with their default values."""
    defaults: dict[str, tuple[str | int, str]] = {
        "timezone": ("Europe/Amsterdam", "of the API's times, which carry none, and of its day"),
        "country": ("NL", "of records that name none and prove none; default none"),
        "settle_s": (60, "longer than the server may take to commit a write"),
        "max_wait_s": (900, "a longer wait for the budget parks the run (exit 75)"),
    }
    defaults |= {
        name: (value, f"only {system.title} knows this; the default") for name, value in system.options.items()
    }
    for key, (value, why) in defaults.items():
        if key not in draft.keys:
            yield f"# {_key(key, value, why, COLUMN - 2)}"
    limits = [f"{limit} per {length_of(window)}" for window, limit in system.windows.items()]
    yield (
        f"# [accounts.{draft.name}.budget]".ljust(COLUMN) + f"# the system's own limits: {', '.join(limits) or 'none'}"
    )
    if system.windows:
        window = list(system.windows)[-1]
        key = "reserve_per_day = 0" if window == DAY else f'reserve = {{ "{window}" = 0 }}'
        yield f"# {key}".ljust(COLUMN) + "# calls never touched: left to the shop's other integrations"


def _key(key: str, value: str | int, why: str, column: int = COLUMN) -> str:
    line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
    return f"{line.ljust(column - 1)} # {why}" if why else line
