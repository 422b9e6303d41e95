"""The table of etl.toml that limits an account's calls, by windows of any length."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from etl.config.section import Section
from etl.systems.declare import System
from etl.systems.declare.limits import DAY, LONGEST_S, MINUTE, length_of, window_of

MOST_CALLS = 1_000_000_000
"""The highest limit of calls that anybody means."""
LENGTH = re.compile(r"\d{1,6}(?:\.\d{1,6})?")


class BudgetSettings(Section):
    """Limits that replace the system's declaration; the reserve is left to the shop's other integrations.

    `windows` and `reserve` are by length in seconds, `reserve` also by `day`.
    """

    per_minute: int | None = Field(None, gt=0, le=MOST_CALLS)
    per_day: int | None = Field(None, gt=0, le=MOST_CALLS)
    reserve_per_minute: int = Field(0, ge=0, le=MOST_CALLS)
    reserve_per_day: int = Field(0, ge=0, le=MOST_CALLS)
    windows: dict[str, int] = Field(default_factory=dict)
    reserve: dict[str, int] = Field(default_factory=dict)

    @field_validator("windows", "reserve", mode="before")
    @classmethod
    def _by_length(cls, value: Any, info: ValidationInfo) -> Any:
        """Name each window as the budget does: 300.0 is 300."""
        if not isinstance(value, dict):
            raise ValueError('must be a table of numbers by seconds: { "300" = 20 }')  # noqa: TRY004 - a user's file
        least, found = (1 if info.field_name == "windows" else 0), {}
        for name, calls in value.items():
            if type(calls) is not int or not least <= calls <= MOST_CALLS:
                raise ValueError(f'"{name}" must be a number of calls from {least} to {MOST_CALLS}')
            window = _window(name, day=info.field_name == "reserve")
            if window in found:
                raise ValueError(f"a window of {window} s is there twice")
            found[window] = calls
        return found

    @model_validator(mode="after")
    def _once(self) -> BudgetSettings:
        for given, key, table, window in (
            (self.per_minute is not None, "per_minute", "windows", MINUTE),
            (self.reserve_per_minute, "reserve_per_minute", "reserve", MINUTE),
            (self.reserve_per_day, "reserve_per_day", "reserve", DAY),
        ):
            if given and window in getattr(self, table):
                raise ValueError(f'{key} says the same as {table}."{window}": leave one of them out')
        return self

    @property
    def limits(self) -> dict[str, int]:
        """The limits that are given, by window."""
        named = {MINUTE: self.per_minute, DAY: self.per_day}
        return self.windows | {window: limit for window, limit in named.items() if limit is not None}

    @property
    def reserves(self) -> dict[str, int]:
        """The calls that are left to others, by window; without windows of which none are."""
        named = {MINUTE: self.reserve_per_minute, DAY: self.reserve_per_day}
        given = self.reserve | {window: calls for window, calls in named.items() if calls}
        return {window: calls for window, calls in given.items() if calls}

    def reserve_key(self, window: str) -> str:
        """The key by which calls of a window are left to others."""
        if window in self.reserve:
            return f'reserve."{window}"'
        return "reserve_per_day" if window == DAY else "reserve_per_minute"


def _window(name: str, *, day: bool) -> str:
    if day and name == DAY:
        return DAY
    if name == DAY:
        raise ValueError("the day's limit is per_day")
    if not LENGTH.fullmatch(name) or not 0 < float(name) <= LONGEST_S:
        raise ValueError(f"{name[:40]!r} is not a window: give its length in seconds, at most {LONGEST_S}")
    return window_of(float(name))


def must_leave_calls(given: BudgetSettings, system: System) -> None:
    """Raise ValueError, with the key, for a reserve of a window that there is not, or that leaves nothing of it."""
    allowed = system.windows | given.limits
    for window, reserve in given.reserves.items():
        key = f"budget.{given.reserve_key(window)}"
        if window not in allowed:
            what = DAY if window == DAY else f"window of {length_of(window)}"
            raise ValueError(f"{key}: {system.id} has no {what}; {_others(allowed)}")
        if reserve >= allowed[window]:
            names = {MINUTE: f"per_minute ({allowed[window]})", DAY: f"per_day ({allowed[window]})"}
            limit = names.get(window, f"{allowed[window]} per {length_of(window)}")
            raise ValueError(f"{key} ({reserve}) leaves nothing of {limit}")


def _others(windows: Mapping[str, int]) -> str:
    """The windows of which calls can be left to others, and how that is written."""
    if not windows:
        return "there is none, so calls cannot be left to others: give a limit, too"
    lengths = ", ".join(length_of(window) for window in windows)
    return f'there is {lengths}: write reserve = {{ "{next(iter(windows))}" = 20 }}'
