"""Find which shop an account belongs to, and warn when that has changed since the last run."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from etl.clock import Clock
from etl.config.identity import identity_of, is_known
from etl.config.settings import Account, Settings
from etl.errors import UsageError
from etl.runs.cursor import cursor_of
from etl.runs.workspace import StateFolder, open_state
from etl.state.journal import text
from etl.state.lock import hold
from etl.state.tenants import Tenants, origin_in, system_in
from etl.systems.declare import Stream

LOG = logging.getLogger("etl")


def tenant_of(state: StateFolder, account: Account, streams: Sequence[str]) -> str:
    """Return the journal's name of the shop that an account belongs to; what an older release kept of these streams
    gets that name. Hold their locks. Its credential must have been looked up."""
    return state.tenants.current(account.name, identity_of(account), streams)


def landed_tenant(tenants: Tenants, account: Account, stream: Stream) -> str:
    """Return the shop whose landed pages an account means. Without its credential, that is the shop at its address
    whose export of the stream completed last. Changes nothing."""
    identity = identity_of(account)
    if is_known(account):
        return tenants.standing(account.name, identity, stream.name)
    for tenant in tenants.newest_complete(account.name, stream.name):
        if system_in(tenant) in (None, account.system) and origin_in(tenant) == identity.origin:
            return tenant
    return identity.tenant


def other_before(state: StateFolder, account: Account, tenant: str, streams: Sequence[str]) -> str | None:
    """Return the shop from which pages of these streams landed last, if it is another one."""
    landed = state.tenants.newest_landed(account.name, streams)
    return landed[0] if landed and landed[0] != tenant else None


def tell_other(account: Account, tenant: str, before: str) -> None:
    """Warn that nothing of what landed before is resumed."""
    LOG.warning(
        "%s: its %s belongs to another shop than last time, whose pages, cursor and vanished rows are kept and not "
        "used here; if it is the same shop, run etl accounts same %s and export again.",
        account.name,
        _differs(account, tenant, before),
        account.name,
    )


def _differs(account: Account, tenant: str, before: str) -> str:
    same = origin_in(tenant) == origin_in(before)
    return " or ".join(["credential", *account.declaration.required]) if same else "address"


def with_shops(state: StateFolder, settings: Settings) -> list[dict[str, Any]]:
    """List the cursors of all streams; `present` tells those of the shop that the account belongs to now."""
    return [
        {
            **cursor,
            "server_date": text(_cursor_at(state, settings, cursor)),
            "present": _now(state, settings, cursor) in (None, cursor["tenant"]),
        }
        for cursor in state.history.cursors()
    ]


def _now(state: StateFolder, settings: Settings, listed: Mapping[str, Any]) -> str | None:
    """The shop that the account of a cursor belongs to now, if that is known."""
    account = settings.accounts.get(listed["account"])
    if account is None or not is_known(account):
        return None
    return state.tenants.standing(account.name, identity_of(account), listed["stream"])


def _cursor_at(state: StateFolder, settings: Settings, listed: Mapping[str, Any]) -> datetime | None:
    account = settings.accounts.get(listed["account"])
    return cursor_of(
        state.journal,
        listed["account"],
        listed["stream"],
        tenant=listed["tenant"],
        timezone=account.timezone if account else "UTC",
    )


@dataclass(frozen=True)
class Joined:
    """Two names of one shop, and the streams that resume."""

    earlier: str
    later: str
    streams: Sequence[str]


def same_shop(settings: Settings, account: Account, *, clock: Clock) -> Joined:
    """Record that the account's present credential and address are those of the shop last read under its name.

    Raises UsageError if no other shop was, and TryLater while a run uses the account.
    """
    streams = [stream.name for stream in account.declaration.streams]
    with (
        hold(settings.state.dir / "locks", [f"{account.name}.{stream}" for stream in streams]),
        open_state(settings) as state,
    ):
        later = tenant_of(state, account, streams)
        earlier = _earlier(state, account, later, streams)
        joined = state.tenants.join(account.name, later=later, earlier=earlier, now=clock.now())
    return Joined(earlier, later, joined)


def _earlier(state: StateFolder, account: Account, later: str, streams: Sequence[str]) -> str:
    """Find the shop read before this one. Raises UsageError if there is none, or it is of another system."""
    landed = state.tenants.newest_landed(account.name, streams)
    if landed and landed[0] == later and later != identity_of(account).tenant:
        raise UsageError(f"{account.name} is taken for the shop of before already.")
    with suppress(StopIteration):
        earlier = next(tenant for tenant in landed if tenant != later)
        if system_in(earlier) not in (None, account.system):
            raise UsageError(f"{account.name} was at {system_in(earlier)} before, and cannot be the same shop.")
        return earlier
    raise UsageError(f"{account.name}: nothing was read from another shop under this name.")
