"""Targets of the ledger that may be the destination under another name.

A target is named by system, origin, credential and stream (etl.config.identity). A new key or user name gives it
another name, under which its rows are unknown. An earlier layout named it by `host/stream` alone, which may be any
account at that host.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from etl.config.identity import origin_of
from etl.config.settings import Settings
from etl.errors import ConfigurationError, UsageError
from etl.push.push_order import Destination, destination_of
from etl.state.ledger import Ledger
from etl.systems.targets import targets_of

LOG = logging.getLogger("etl")
PARTS = 4


@dataclass(frozen=True)
class LedgerTarget:
    """A target in the ledger: `name` is what it was last called, `account` its ACCOUNT.TARGET in etl.toml, if any."""

    target: str
    name: str
    entries: int
    used_at: str | None
    account: str | None

    @property
    def parts(self) -> tuple[str, str, str, str]:
        """System, origin, the credential's fingerprint and stream; in the earlier layout only origin and stream."""
        return parts_of(self.target)

    @property
    def old_layout(self) -> bool:
        """Whether it is named by the earlier layout."""
        return self.target.count(" ") != PARTS - 1


def parts_of(target: str) -> tuple[str, str, str, str]:
    parts = target.split(" ")
    if len(parts) == PARTS:
        return parts[0], parts[1], parts[2], parts[3]
    host, _, stream = target.rpartition("/")
    return "", host, "", stream


def known_targets(ledger: Ledger, settings: Settings) -> list[LedgerTarget]:
    """List every target with entries in the ledger."""
    own = {destination.key: destination.name for destination in _destinations(settings)}
    return [
        LedgerTarget(one["target"], one["name"], one["entries"], one["used_at"], own.get(one["target"]))
        for one in ledger.targets()
    ]


def _destinations(settings: Settings) -> list[Destination]:
    return [
        destination_of(settings, f"{account.name}.{target.name}")
        for account in settings.accounts.values()
        for target in targets_of(account.declaration)
    ]


def pick(targets: Sequence[LedgerTarget], wanted: str) -> LedgerTarget:
    """Find a target by its full name, or by a part of it that no other has. Raises UsageError."""
    found = [one for one in targets if wanted == one.target] or [
        one for one in targets if wanted and wanted in f"{one.target} {one.name}"
    ]
    if len(found) == 1:
        return found[0]
    listed = "; ".join(one.target for one in found or targets)
    raise UsageError(
        f"{wanted!r} is no target of the ledger." if not found else f"{wanted!r} may be {len(found)} targets.",
        remedy=f"There {'are' if listed else 'is'} {listed or 'none'}.",
    )


def check_aliases(ledger: Ledger, destination: Destination) -> None:
    """Warn of a target that may be this one, if this one is new to the ledger. Raises ConfigurationError for one of the
    earlier layout: only the user knows whose its rows are."""
    if not ledger.is_empty():
        return
    system, origin, _, stream = parts_of(destination.key)
    for known in ledger.targets():
        command = f"etl ledger rename '{known['target']}' {destination.name}"
        if _is_earlier(known, destination):
            raise ConfigurationError(
                f"The ledger has {known['entries']:,} rows of {known['target']}, from before it told accounts of one "
                f"host apart. Whether they are {destination.name}'s is not known; nothing was sent.",
                remedy=f"Where they are, say so: {command}. Where they are another account's, name that instead.",
            )
        theirs = parts_of(known["target"])
        if (theirs[0], theirs[1], theirs[3]) == (system, origin, stream):
            LOG.warning(
                "%s: the ledger knows no row of this account there, but %s of another credential (last %s). "
                "If it is the same shop under a new key: %s",
                destination.name, f"{known['entries']:,}", known["name"] or "unnamed", command,
            )  # fmt: skip


def _is_earlier(known: Mapping[str, Any], destination: Destination) -> bool:
    if known["target"].count(" ") == PARTS - 1:
        return False
    _, host, _, stream = parts_of(known["target"])
    scheme = destination.account.base_url.partition("://")[0]
    try:
        origin = origin_of(f"{scheme}://{host}")
    except ValueError:
        return False
    return (origin, stream) == (destination.identity.origin, destination.target.name)
