"""Read what a response reports about limits. Pure: headers in, findings out.

    X-RateLimit-Minutely-Limit, -Remaining             the vendor's own, with the prefix from its declaration
    X-RateLimit-Daily-Limit, -Remaining, -Reset        Reset is UNIX time
    RateLimit-Policy: "minute";q=360;w=60              IETF draft, since its eighth edition
    RateLimit: "minute";r=59;t=12
    RateLimit-Policy: 360;w=60                         its seventh
    RateLimit: limit=360, remaining=59, reset=12

A header that is stale (a reset in the past) or absurd is ignored with its whole group, and reported as a complaint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from etl.budget.day import LONGEST_S
from etl.budget.limits import WindowLimit
from etl.systems.declare.limits import DAY, window_of

MOST = 10_000_000
"""The highest limit that is believed."""

JUST_PAST_S = 60.0
"""How far in the past a day's end may be without complaint: the answer was on its way when the day ended."""

LONGEST_WINDOW_S = 3600.0
"""The longest sliding window of a policy: longer ones are taken as fixed, and only a declared day is used."""

DAY_S = 86400.0
WHOLE = re.compile(r"\d{1,9}")
NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,9})?")
PARTS = re.compile(r'((?:[^,;"]|"[^"]*")+)([,;]?)')


class ReportedLimit(NamedTuple):
    """What an answer reported about one window. `ends` is a fixed day's end, in server time."""

    window: str
    limit: int | None
    remaining: int | None
    ends: float | None = None


@dataclass(slots=True)
class Findings:
    """One `reported` entry per window; `complaints` name a header and what is wrong with it, never its value."""

    reported: list[ReportedLimit] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


class Unbelievable(Exception):
    """A header that is not believed. Without a text it is no reason to complain."""


def read(
    headers: Mapping[str, str], terms: Iterable[WindowLimit], server_now: float, *, refused: bool = False
) -> Findings:
    """All that the headers report about these windows; `headers` must ignore case. `refused` says it is a 429."""
    terms = list(terms)
    findings = Findings()
    for term in terms:
        if term.headers is not None:
            try:
                findings.reported.append(_vendor(headers, term, server_now, refused))
            except Unbelievable as reason:
                findings.complaints += reason.args
    if "RateLimit" in headers or "RateLimit-Policy" in headers:
        try:
            findings.reported += _draft(headers, terms, server_now)
        except Unbelievable as reason:
            findings.complaints += reason.args
    findings.reported = [one for one in findings.reported if one != ReportedLimit(one.window, None, None)]
    return findings


def _vendor(headers: Mapping[str, str], term: WindowLimit, server_now: float, refused: bool) -> ReportedLimit:
    prefix = term.headers or ""
    limit = _whole(headers, f"{prefix}Limit")
    remaining = _whole(headers, f"{prefix}Remaining")
    ends = None
    if term.seconds is None and (text := headers.get(f"{prefix}Reset", "").strip()):
        try:
            ends = _reported_end(text, server_now, f"{prefix}Reset")
        except Unbelievable:
            # a refusal with none left is believed, whatever it says about the day's end
            if not (refused and remaining == 0):
                raise
    _coherent(limit, remaining, f"{prefix}Limit", f"{prefix}Remaining")
    return ReportedLimit(term.window, limit, remaining, ends)


def _draft(headers: Mapping[str, str], terms: list[WindowLimit], server_now: float) -> list[ReportedLimit]:
    policies = dict(_items(headers.get("RateLimit-Policy", "")))
    state = _items(headers.get("RateLimit", ""))
    if state and any(name.partition("=")[0] in ("limit", "remaining", "reset") for name, _ in state):
        seventh = dict(name.partition("=")[::2] for name, _ in state)
        state = [("", {"r": seventh.get("remaining", ""), "t": seventh.get("reset", "")})]
        policies = policies or {"": {"q": seventh.get("limit", "")}}
    policies = {
        name: {"q": name, **parameters} if WHOLE.fullmatch(name) else parameters
        for name, parameters in policies.items()
    }
    policies = policies or {name: {} for name, _ in state}
    if len(policies) == 1 and len(state) == 1:
        policies = {state[0][0]: next(iter(policies.values()))}
    remaining = dict(state)
    return [
        reported
        for name, policy in policies.items()
        if (reported := _policy({**policy, **remaining.get(name, {})}, terms, server_now)) is not None
    ]


def _policy(parameters: Mapping[str, str], terms: list[WindowLimit], server_now: float) -> ReportedLimit | None:
    seconds = _number(parameters.get("w", ""), "RateLimit-Policy")
    moving = [term for term in terms if term.seconds is not None]
    if seconds is None and len(moving) == 1:
        seconds = moving[0].seconds
    if seconds is None or seconds <= 0:
        return None
    limit = _whole(parameters, "q", "RateLimit-Policy")
    left = _whole(parameters, "r", "RateLimit")
    _coherent(limit, left, "RateLimit-Policy", "RateLimit")
    if seconds == DAY_S and any(term.window == DAY for term in terms):
        reset_s = _number(parameters.get("t", ""), "RateLimit")
        ends = None if not reset_s else _believable_end(server_now + reset_s, server_now, "RateLimit")
        return ReportedLimit(DAY, limit, left, ends)
    if seconds > LONGEST_WINDOW_S and not any(term.seconds == seconds for term in moving):
        return None
    return ReportedLimit(window_of(seconds), limit, left)


def _items(value: str) -> list[tuple[str, dict[str, str]]]:
    """Parse a structured-field list into each member's value and parameters. Lenient, and bounded."""
    items: list[tuple[str, dict[str, str]]] = []
    fresh = True
    for part, end in PARTS.findall(value[:2000]):
        text = part.strip()
        if fresh and text:
            items.append((text.strip('"'), {}))
        elif text:
            name, _, given = text.partition("=")
            items[-1][1][name.strip().lower()] = given.strip().strip('"')
        fresh = end == ","
    return items


def _whole(headers: Mapping[str, str], name: str, called: str | None = None) -> int | None:
    text = headers.get(name, "").strip()
    if not text:
        return None
    if not WHOLE.fullmatch(text) or int(text) > MOST:
        raise Unbelievable(f"{called or name} is not a number of calls")
    return int(text)


def _number(text: str, called: str) -> float | None:
    if text and not NUMBER.fullmatch(text):
        raise Unbelievable(f"{called} is not a number of seconds")
    return float(text) if text else None


def _coherent(limit: int | None, remaining: int | None, limit_name: str, remaining_name: str) -> None:
    if limit == 0:
        raise Unbelievable(f"{limit_name} is 0")
    if limit is not None and remaining is not None and remaining > limit:
        raise Unbelievable(f"{remaining_name} is above its limit")


def _reported_end(text: str, server_now: float, called: str) -> float:
    if not NUMBER.fullmatch(text):
        raise Unbelievable(f"{called} is not a time")
    return _believable_end(float(text), server_now, called)


def _believable_end(ends: float, server_now: float, called: str) -> float:
    if ends <= server_now:
        raise Unbelievable(*([f"{called} is long past"] if ends < server_now - JUST_PAST_S else []))
    if ends > server_now + LONGEST_S + 60:
        raise Unbelievable(f"{called} is further off than a day")
    return ends
