"""Inject faults by rules: in which requests, when, and how.

A rule file, TOML or JSON:

    [[rules]]
    method = "POST"                       # left out: any
    path   = "^/api/v1/customers"         # a regular expression, searched for in path and query
    when   = { every = 5 }                # or { nth = [1, 2] }, or { share = 0.1, seed = 3 }; left out: always
    action = { drop_after = true }

The first rule that fires acts; each rule counts all requests that it matches, also those on which another acted.
Requests refused for their credential or for a limit are not counted and get no fault.

Actions (`commit`: whether a write takes effect all the same; the value shown is the default):

    status = 503, body = "…"        this status and body, or an error in the API's own words      commit = false
    html = true                     a web page, with `status` or 200                              commit = false
    error_true = true               {"error": true, …} with `status` or 200                       commit = false
    redirect = {status, to}         a redirect to anywhere                                        commit = false
    retry_after = "any text"        this Retry-After, with `status` or 429                        commit = false
    empty = true                    no body at all, with the true status                          commit = true
    broken_json = true              invalid JSON: truncated; or "nan", "bom", "utf8"              commit = true
    cut_body = 0.6                  that share of the body, then the connection closes            commit = true
      fits = true                     … with matching lengths: only the content shows it
    stale_echo = true               the record as it was before, with `status` or 200             commit = false
    no_body = true                  nothing, with `status` or 200                                 commit = true
    no_id = true                    its JSON without the fields that identify the record          commit = true
    drop_before = true              the connection drops before the write                         commit = false
    drop_after = true               the connection drops after the write                          commit = true
    slow = 1000                     this many bytes a second
    delay_s = 2.5                   wait before anything is done
    late_commit_s = 2.0             the write takes effect that much later. With an answer or a drop of the above the
                                    caller gets that at once (and `commit` is true); else it waits, and may hang up
    find_lag_s = 2.0                lists and finds do not show rows created more recently than this

One action may have several keys that make sense together (`status` with `html`, `slow` with `cut_body`).
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from random import Random
from typing import Any

from etl.simulator.options import Faults


@dataclass(frozen=True, slots=True)
class Action:
    status: int | None = None
    body: str | None = None
    html: bool = False
    error_true: bool = False
    redirect: Mapping[str, Any] | None = None
    retry_after: str | None = None
    empty: bool = False
    stale_echo: bool = False
    no_body: bool = False
    no_id: bool = False
    broken_json: bool | str = False
    cut_body: float | None = None
    fits: bool = False
    drop_before: bool = False
    drop_after: bool = False
    slow: float | None = None
    delay_s: float = 0.0
    late_commit_s: float = 0.0
    find_lag_s: float = 0.0
    commit: bool | None = None

    @property
    def invents(self) -> bool:
        """Whether the answer is invented rather than the API's own."""
        made_up = self.status or self.html or self.error_true or self.redirect or self.retry_after is not None
        return bool(made_up or self.stale_echo or self.no_body)

    @property
    def spoils(self) -> bool:
        """Whether the API's own answer arrives damaged."""
        return bool(self.empty or self.broken_json or self.cut_body is not None)

    @property
    def commits(self) -> bool:
        if self.commit is not None:
            return self.commit
        return bool(self.late_commit_s or self.no_body) or not (self.invents or self.drop_before)


@dataclass(frozen=True, slots=True)
class When:
    nth: tuple[int, ...] = ()
    every: int | None = None
    share: float | None = None
    seed: int = 0

    def fires(self, count: int) -> bool:
        """`count` starts at 1."""
        if self.nth:
            return count in self.nth
        if self.every:
            return count % self.every == 0
        if self.share is not None:
            return Random((self.seed << 32) | count).random() < self.share  # noqa: S311 - a repeatable draw
        return True


@dataclass(slots=True)
class FaultRule:
    action: Action
    path: re.Pattern[str] = re.compile("")
    method: str | None = None
    when: When = field(default_factory=When)
    matched: int = 0


class FaultPlan:
    """The active rules. Raises ValueError, naming the rule and the nearest known key, for invalid rules."""

    def __init__(self, faults: Faults) -> None:
        self._rules = [_rule(number, raw) for number, raw in enumerate(_read(faults), 1)]

    def strike(self, method: str, target: str) -> Action | None:
        """Count the request with every rule that it matches, and return the action of the first that fires."""
        struck = None
        for rule in self._rules:
            if rule.method in {None, method} and rule.path.search(target):
                rule.matched += 1
                if struck is None and rule.when.fires(rule.matched):
                    struck = rule.action
        return struck


def _read(faults: Faults) -> Iterable[Mapping[str, Any]]:
    if faults is None:
        return ()
    if not isinstance(faults, str | Path):
        return faults
    text = Path(faults).read_text(encoding="utf-8")
    try:
        parsed = json.loads(text) if Path(faults).suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise ValueError(f"The faults file {faults} cannot be read: {error}") from None
    if isinstance(parsed, list):
        return parsed
    _check_keys(parsed, ("rules",), "The faults file")
    rules = parsed.get("rules", [])
    if not isinstance(rules, list):
        raise ValueError("In the faults file `rules` must be a list: write [[rules]] above each.")  # noqa: TRY004 - a user's file
    return rules


def _rule(number: int, raw: Mapping[str, Any]) -> FaultRule:
    where = f"Fault rule {number}"
    _table(raw, where)
    _check_keys(raw, ("method", "path", "when", "action"), where)
    if not raw.get("action"):
        raise ValueError(f"{where} has no action.")
    try:
        path = re.compile(raw.get("path", ""))
    except (re.error, TypeError) as error:
        raise ValueError(f"{where}: path is no regular expression: {error}.") from None
    method = raw.get("method")
    return FaultRule(
        _action(raw["action"], where), path, method.upper() if method else None, _when(raw.get("when"), where)
    )


def _when(raw: Mapping[str, Any] | None, where: str) -> When:
    if raw is None:
        return When()
    _table(raw, f"{where}, when")
    _check_keys(raw, tuple(spec.name for spec in fields(When)), f"{where}, when")
    if len({"nth", "every", "share"} & raw.keys()) != 1:
        raise ValueError(f"{where}: when takes one of nth, every and share.")
    nth = raw.get("nth", ())
    return When(**{**raw, "nth": (nth,) if isinstance(nth, int) else tuple(nth)})


_TYPES: dict[str, tuple[type, ...]] = {
    "status": (int,), "body": (str,), "html": (bool,), "error_true": (bool,), "redirect": (dict,),
    "retry_after": (str, int, float), "empty": (bool,), "stale_echo": (bool,),
    "no_body": (bool,), "no_id": (bool,), "broken_json": (bool, str), "cut_body": (int, float),
    "fits": (bool,), "drop_before": (bool,), "drop_after": (bool,), "slow": (int, float), "delay_s": (int, float),
    "late_commit_s": (int, float), "find_lag_s": (int, float), "commit": (bool,),
}  # fmt: skip


def _action(raw: Mapping[str, Any], where: str) -> Action:
    _table(raw, f"{where}, action")
    _check_keys(raw, tuple(_TYPES), f"{where}, action")
    for name, value in raw.items():
        kinds = _TYPES[name]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ValueError(f"{where}: {name} = {value!r} is of the wrong kind.")
    if "redirect" in raw:
        _check_keys(raw["redirect"], ("status", "to"), f"{where}, redirect")
        if "to" not in raw["redirect"]:
            raise ValueError(f"{where}: redirect needs `to`.")
    if raw.get("broken_json") not in {None, False, True, "cut", "nan", "bom", "utf8"}:
        raise ValueError(f'{where}: broken_json is true, "cut", "nan", "bom" or "utf8".')
    if not 0 <= raw.get("cut_body", 0) < 1:
        raise ValueError(f"{where}: cut_body is a share of the body, at least 0 and below 1.")
    values = dict(raw)
    if "retry_after" in values:
        values["retry_after"] = str(values["retry_after"])
    return Action(**values)


def _table(raw: Any, where: str) -> None:
    if not isinstance(raw, Mapping):
        raise ValueError(f"{where} must be a table of keys and values, not {raw!r}.")  # noqa: TRY004 - a user's file


def _check_keys(raw: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    for name in raw:
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, 1, 0.0)
            raise ValueError(f"{where}: unknown key {name!r}; the nearest known one is {near[0]!r}.")
