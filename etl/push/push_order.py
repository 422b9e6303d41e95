"""The order of a push: its destination and its options."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from etl.config.identity import Identity, identity_of
from etl.config.settings import Account, Settings
from etl.errors import UsageError
from etl.push.error_limit import stop_after
from etl.runs.workspace import select
from etl.systems.declare import Stream, Target
from etl.systems.targets import target_of, targets_of
from etl.tables.dialect import DialectName

Mode: TypeAlias = Literal["create", "update", "upsert", "delete"]
Match: TypeAlias = Literal["reference", "email", "postcode+number"]
Reference: TypeAlias = Literal["own", "derived"]
OnConflict: TypeAlias = Literal["review", "ours", "theirs"]
Proof: TypeAlias = Literal["answer", "read"]
Keys: TypeAlias = Literal["exact", "repair"]


@dataclass(frozen=True)
class Destination:
    """One target of one account, and the stream that reads it back. `state` is the folder of what is kept of pushes."""

    account: Account
    target: Target
    stream: Stream
    state: Path

    @property
    def name(self) -> str:
        return f"{self.account.name}.{self.target.name}"

    @property
    def host(self) -> str:
        return self.account.base_url.partition("://")[2]

    @property
    def identity(self) -> Identity:
        """The shop's identity: two accounts at one host are two shops, one shop under two spellings is one."""
        return identity_of(self.account)

    @property
    def key(self) -> str:
        """The target's key in the ledger, whatever the account is called."""
        return self.identity.target(self.target.name)


@dataclass(frozen=True)
class Order:
    """What the user asks a push to do. `key` names the key column of a spreadsheet, `source` distinguishes
    spreadsheets that use the same keys. `keys` says what a key is that differs from a known one in spelling only:
    another row (exact), or the known one (repair); None sets the row aside. Rows of another `kind`, or inactive ones
    with `active_only`, are skipped. `ignore` names columns to leave out, "*" all unknown ones. `sheet` names the sheet
    of workbooks, `child_sheets` those of the child tables in `children`; else it is the first that is not hidden.
    `on_conflict` says whose value wins where both sides changed a field; `clear_empty` whether an empty cell empties
    the field; `recreate_missing` whether a record that is gone is created again; `proof` what a write is proven by
    (None: what suits the target); `stop_after_errors` ends a run early (see `etl.push.error_limit`); `strict` sets rows
    with invalid or doubtful values aside; `dialect` is that of results and rejects as CSV (None: the input's)."""

    files: Sequence[Path]
    out: Path
    mode: Mode = "create"
    dry_run: bool = False
    mapping: Path | None = None
    key: str | None = None
    source: str = ""
    keys: Keys | None = None
    match: Match | None = None
    children: Mapping[str, Path] = field(default_factory=dict)
    sheet: str | None = None
    child_sheets: Mapping[str, str] = field(default_factory=dict)
    reference: Reference = "own"
    limit: int | None = None
    kind: str | None = None
    active_only: bool = False
    ignore: Sequence[str] = ()
    on_conflict: OnConflict = "review"
    clear_empty: bool = False
    recreate_missing: bool = False
    proof: Proof | None = None
    stop_after_errors: str | None = None
    strict: bool = False
    dialect: DialectName | None = None

    @property
    def arguments(self) -> str:
        """The order's arguments as JSON, for the journal."""
        asked = {"files": [str(path.absolute()) for path in self.files], "mode": self.mode, "limit": self.limit}
        more = {"out": str(self.out.absolute()), **({"dry_run": True} if self.dry_run else {})}
        return json.dumps({**asked, **more}, sort_keys=True)


def destination_of(settings: Settings, name: str) -> Destination:
    """Resolve ACCOUNT.STREAM to a destination. Raises UsageError."""
    account_name, dot, target_name = name.partition(".")
    (account, _), *_ = select(settings, [account_name])
    known = [target.name for target in targets_of(account.declaration)]
    if not dot or target_name not in known:
        raise UsageError(
            f"{account.system} has no target {target_name!r}." if dot else f"{name} names no target.",
            remedy=f"There is {', '.join(f'{account.name}.{target}' for target in known) or 'none'}.",
        )
    target = target_of(account.system, target_name)
    return Destination(account, target, account.declaration.stream(target.stream), settings.state.dir)


def check(order: Order, destination: Destination) -> None:
    """Raise UsageError for what the target cannot do, and for an invalid `stop_after_errors`."""
    stop_after(order.stop_after_errors)
    needed = {"create": destination.target.create, "delete": destination.target.delete}.get(
        order.mode, destination.target.update
    )
    if order.match is not None and order.mode == "create":
        raise UsageError("--match is for update, upsert and delete.", remedy="Say --mode upsert.")
    if needed is None:
        raise UsageError(
            f"{destination.name}: the API has no way to {order.mode}.", remedy="etl sources lists what each can do."
        )
