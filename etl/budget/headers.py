"""Read what a response reports about limits. Pure: headers in, findings out.

    X-RateLimit-Minutely-Limit, -Remaining, -Reset     the vendor's own, with the prefix from its declaration;
    X-RateLimit-Limit, -Remaining, -Reset              Reset in any form that etl.budget.reset reads
    RateLimit-Policy: "minute";q=360;w=60              IETF draft, since its eighth edition
    RateLimit: "minute";r=59;t=12
    RateLimit-Policy: 360;w=60                         its seventh
    RateLimit: limit=360, remaining=59, reset=12
    RateLimit-Limit: 360, 360;w=60                     those before, which may leave the window untold
    RateLimit-Remaining: 59
    RateLimit-Reset: 12

A vendor may begin names of its own in the same way (RateLimit-RequestsRemaining), and mean by those before the eighth
edition what the drafts do not: these are then not read.

Names that tell no window (X-RateLimit-, and those of the drafts) may lower a limit but never raise it: they may be
about another. A header that is stale (a day's end in the past) or absurd is ignored with its whole group, and reported
as a complaint. The reset of a moving window says only how long a refusal lasts: an absurd one says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from etl.budget.day import LONGEST_S
from etl.budget.limits import WindowLimit
from etl.budget.reset import Reset, read_reset
from etl.budget.sliding_window import width
from etl.systems.declare.limits import seconds_of, window_of

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
UNTOLD = re.compile(r"(?:x-)?rate-?limit-?(?:requests-?)?", re.IGNORECASE)
"""A prefix that tells no window."""
DRAFTS = ("RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining")


class ReportedLimit(NamedTuple):
    """What an answer reported about one window. `ends` is a fixed day's end, in server time; `counted_down` says that
    it was told as seconds from now."""

    window: str
    limit: int | None
    remaining: int | None
    ends: float | None = None
    counted_down: bool = False


@dataclass(slots=True)
class Findings:
    """One `reported` entry per window; `complaints` name a header and what is wrong with it, never its value. `full_s`
    is how long moving windows of which nothing is left stay so; 0 if that is not told."""

    reported: list[ReportedLimit] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    full_s: float = 0.0


class Unbelievable(Exception):
    """A header that is not believed. Without a text it is no reason to complain."""


def read(
    headers: Mapping[str, str], terms: Iterable[WindowLimit], server_now: float, *, refused: bool = False
) -> Findings:
    """All that the headers report about these windows; `headers` must ignore case. `refused` says it is a 429."""
    terms = _spoken_of(list(terms))
    findings = Findings()
    for term in terms:
        if term.headers is not None:
            try:
                findings.reported.append(one := _vendor(headers, term, server_now, refused))
                _note_full(findings, one, headers.get(f"{term.headers}Reset", ""), server_now)
            except Unbelievable as reason:
                findings.complaints += reason.args
    if any(name in headers for name in DRAFTS):
        try:
            policies = [(_policy(one, terms, server_now), one.get("t", "")) for one in _drafted(headers, terms)]
            for reported, reset in policies:
                if reported is not None:
                    findings.reported.append(reported)
                    _note_full(findings, reported, reset, server_now)
        except Unbelievable as reason:
            findings.complaints += reason.args
    findings.reported = [one for one in findings.reported if one != ReportedLimit(one.window, None, None)]
    return findings


def _spoken_of(terms: list[WindowLimit]) -> list[WindowLimit]:
    """The windows that an answer may tell of: first those of its endpoint, whose names are then not the account's."""
    own = [term for term in terms if term.endpoint]
    if not own:
        return terms
    names = {term.headers for term in own}
    others = [term for term in terms if not term.endpoint]
    return own + [replace(term, headers=None) if term.headers in names else term for term in others]


def _vendor(headers: Mapping[str, str], term: WindowLimit, server_now: float, refused: bool) -> ReportedLimit:
    prefix = term.headers or ""
    limit = _whole({"": headers.get(f"{prefix}Limit", "").partition(",")[0].partition(";")[0]}, "", f"{prefix}Limit")
    remaining = _whole(headers, f"{prefix}Remaining")
    ends = None
    if term.seconds is None and (text := headers.get(f"{prefix}Reset", "").strip()):
        try:
            ends = _day_end(text, server_now, f"{prefix}Reset")
        except Unbelievable:
            # a refusal with none left is believed, whatever it says about the day's end
            if not (refused and remaining == 0):
                raise
    _coherent(limit, remaining, f"{prefix}Limit", f"{prefix}Remaining")
    if limit is not None and UNTOLD.fullmatch(prefix):
        limit = min(limit, term.limit)
    return ReportedLimit(term.window, limit, remaining, *(ends or ()))


def _note_full(findings: Findings, reported: ReportedLimit, reset: str, server_now: float) -> None:
    if reported.remaining != 0:
        return
    seconds, told = seconds_of(reported.window), read_reset(reset.strip(), server_now)
    if seconds is not None and told is not None:
        left_s = told.at - server_now
        if 0 < left_s <= width(seconds) + 1:
            findings.full_s = max(findings.full_s, left_s)


def _drafted(headers: Mapping[str, str], terms: Iterable[WindowLimit]) -> list[Mapping[str, str]]:
    """The policies of the drafts, each with what is left of it if that is told: q, w, r and t."""
    policies = dict(_items(headers.get("RateLimit-Policy", "")))
    state = _items(headers.get("RateLimit", ""))
    whole: dict[str, str] | None = None
    if state and any(name.partition("=")[0] in ("limit", "remaining", "reset") for name, _ in state):
        whole = dict(name.partition("=")[::2] for name, _ in state)
    elif not state and not any((term.headers or "").lower().startswith("ratelimit-") for term in terms):
        first = _items(headers.get("RateLimit-Limit", ""))
        policies = policies or {name: given for name, given in first if "w" in given}
        whole = {name: headers.get(f"RateLimit-{name}", "").strip() for name in ("remaining", "reset")}
        whole["limit"] = first[0][0] if first else ""
    policies = {
        name: {"q": name, **parameters} if WHOLE.fullmatch(name) else parameters
        for name, parameters in policies.items()
    }
    if whole is not None:
        limit = whole.get("limit", "")
        policies = policies or {"": {"q": limit}}
        # of several policies it is about the one with its limit
        about = [*policies] if len(policies) == 1 else [name for name, one in policies.items() if one.get("q") == limit]
        state = [(one, {"r": whole.get("remaining", ""), "t": whole.get("reset", "")}) for one in about[:2]]
        state = state if len(state) == 1 else []
    policies = policies or {name: {} for name, _ in state}
    if len(policies) == 1 and len(state) == 1:
        policies = {state[0][0]: next(iter(policies.values()))}
    remaining = dict(state)
    return [{**policy, **remaining.get(name, {})} for name, policy in policies.items()]


def _policy(parameters: Mapping[str, str], terms: list[WindowLimit], server_now: float) -> ReportedLimit | None:
    seconds = _number(parameters.get("w", ""), "RateLimit-Policy")
    moving = [term for term in terms if term.seconds is not None]
    untold = [term for term in moving if term.endpoint] or moving
    if seconds is None and len(untold) == 1:
        seconds = untold[0].seconds
    if seconds is None or seconds <= 0:
        return None
    limit = _whole(parameters, "q", "RateLimit-Policy")
    left = _whole(parameters, "r", "RateLimit")
    _coherent(limit, left, "RateLimit-Policy", "RateLimit")
    day = next((term.window for term in terms if seconds_of(term.window) is None), None)
    if seconds == DAY_S and day is not None:
        reset = parameters.get("t", "")
        ends = None if reset in ("", "0") else _day_end(reset, server_now, "RateLimit")
        return ReportedLimit(day, _lowered(limit, day, terms), left, *(ends or ()))
    declared = next((term.window for term in moving if term.seconds == seconds), None)
    if seconds > LONGEST_WINDOW_S and declared is None:
        return None
    window = declared or window_of(seconds)
    return ReportedLimit(window, _lowered(limit, window, terms), left)


def _lowered(limit: int | None, window: str, terms: Iterable[WindowLimit]) -> int | None:
    return None if limit is None else min([limit, *(term.limit for term in terms if term.window == window)])


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


def _day_end(text: str, server_now: float, called: str) -> Reset:
    ends = read_reset(text, server_now)
    if ends is None:
        raise Unbelievable(f"{called} is not a time")
    if ends.at <= server_now:
        raise Unbelievable(*([f"{called} is long past"] if ends.at < server_now - JUST_PAST_S else []))
    if ends.at > server_now + LONGEST_S + 60:
        raise Unbelievable(f"{called} is further off than a day")
    return ends
