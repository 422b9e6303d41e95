"""Derive an account's limits from its configuration: every window with its limit and its reserve.

Precedence: a limit in etl.toml, else the declaration's. A lower limit in a fresh header beats both; a higher one
replaces only the declaration's. If two configurations share a budget, the one that leaves less applies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from etl.config.settings import Account
from etl.errors import ConfigurationError
from etl.systems.declare import Daily
from etl.systems.declare.limits import DAY, endpoint_of, length_of, seconds_of


@dataclass(frozen=True, slots=True)
class WindowLimit:
    """One window of one account. `seconds` is None for a fixed day, `own` says that etl.toml set the limit."""

    window: str
    seconds: float | None
    limit: int
    own: bool = False
    reserve: int = 0
    headers: str | None = None

    @property
    def endpoint(self) -> str:
        return endpoint_of(self.window)

    def left_by(self, heard: int | None) -> int:
        """The calls it leaves to us, used or not, if a header reported that limit."""
        limit = self.limit if heard is None else min(self.limit, heard) if self.own else heard
        return limit - self.reserve


def window_limits(account: Account) -> tuple[WindowLimit, ...]:
    """The account's windows. Raises ConfigurationError if one would leave no call at all."""
    given = account.budget
    found: dict[str, WindowLimit] = {}
    for limit in account.declaration.limits:
        if isinstance(limit, Daily):
            name = limit.window if limit.window != DAY or DAY not in found else f"{DAY} {limit.headers}"
            term = WindowLimit(name, None, limit.limit, headers=limit.headers)
        else:
            term = WindowLimit(limit.window, limit.seconds, limit.limit, headers=limit.headers)
        if term.window not in found or term.limit < found[term.window].limit:
            found[term.window] = term
    for name, own in given.limits.items():
        headers = found[name].headers if name in found else None
        found[name] = WindowLimit(name, seconds_of(name), own, True, headers=headers)
    for name, reserve in given.reserves.items():
        found[name] = replace(found[name], reserve=reserve)
    for term in found.values():
        check(term, f"accounts.{account.name}.budget")
    return tuple(found.values())


def check(term: WindowLimit, where: str) -> None:
    """Raise ConfigurationError for a window that can never let a call through."""
    what = f"per {length_of(term.window)}"
    if term.limit <= 0:
        raise ConfigurationError(f"{where}: the limit {what} is {term.limit}.", remedy="Give a limit of 1 or more.")
    if term.seconds is not None and not term.seconds > 0:
        raise ConfigurationError(f"{where}: a window of {term.seconds:g} s.", remedy="Give a length above 0.")
    if not 0 <= term.reserve < term.limit:
        raise ConfigurationError(
            f"{where}: the reserve ({term.reserve}) leaves nothing of {term.limit} {what}.",
            remedy="Lower the reserve, or raise the limit.",
        )
