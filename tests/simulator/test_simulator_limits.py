"""Limits hold in any window, per caller, and are told as documented."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from etl.simulator.engine.limits import Limits, Window

from .conftest import Start

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LIST = "/api/v1/customers/list.json"


class Hand:
    """A clock moved by hand."""

    def __init__(self, now: float = 1_780_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_the_minute_moves_with_every_request() -> None:
    limits = Limits(per_minute=3, per_day=None)
    admitted = [at for at in (0, 10, 20, 30, 59.9, 60, 61, 70, 80) if limits.admit("me", at).allowed]
    assert admitted == [0, 10, 20, 60, 70, 80]


def test_no_window_of_sixty_seconds_ever_holds_more_than_the_limit() -> None:
    limits = Limits(per_minute=7, per_day=None)
    admitted = [at / 10 for at in range(3000) if limits.admit("me", at / 10).allowed]
    assert max(sum(start <= at < start + 60 for at in admitted) for start in admitted) == 7


def test_a_refusal_tells_when_there_is_room_and_takes_none_itself() -> None:
    limits = Limits(per_minute=1, per_day=None)
    limits.admit("me", 100.0)
    refused = [limits.admit("me", at) for at in (110.0, 120.5)]
    assert [verdict.retry_after_s for verdict in refused] == [50, 40]
    assert limits.admit("me", 160.0).allowed


def test_windows_of_any_length_hold_together() -> None:
    limits = Limits(per_minute=None, per_day=None, windows=[Window(2, 1.0), Window(5, 300.0)])
    admitted = [at / 10 for at in range(40) if limits.admit("me", at / 10).allowed]
    assert admitted == [0, 0.1, 1, 1.1, 2]
    assert limits.admit("me", 4.0).retry_after_s == 296


def test_a_window_of_some_paths_leaves_the_others_alone() -> None:
    limits = Limits(per_minute=4, per_day=None, windows=[Window(1, 60.0, "/search.*")])
    admitted = [path for path in ("/search/a", "/search/b", "/list") if limits.admit("me", 0, "GET", path).allowed]
    assert admitted == ["/search/a", "/list"]


def test_a_request_may_count_as_several() -> None:
    limits = Limits(per_minute=5, per_day=9, weigh=lambda method, path: 3 if method == "POST" else 1)
    admitted = [limits.admit("me", at, method).allowed for at, method in ((0, "POST"), (1, "POST"), (2, "GET"))]
    assert admitted == [True, False, True]
    assert limits.admit("me", 3, "POST").retry_after_s == 57
    assert limits.admit("me", 61, "POST").allowed and limits.admit("me", 121, "GET").allowed
    assert not limits.admit("me", 182, "POST").allowed, "the day has one left"


def test_so_many_may_be_under_way() -> None:
    limits = Limits(per_minute=None, per_day=None, at_once=1)
    assert [limits.admit("me", 0).allowed for _ in range(2)] == [True, False]
    assert limits.admit("you", 0).allowed
    limits.leave("me")
    assert limits.admit("me", 0).allowed


def test_each_caller_has_a_limit_of_its_own() -> None:
    limits = Limits(per_minute=1, per_day=1)
    assert limits.admit("me", 0).allowed
    assert limits.admit("you", 0).allowed
    assert not limits.admit("me", 0).allowed


@pytest.mark.parametrize(
    ("day", "hours"),
    [((2026, 1, 15), 24), ((2026, 3, 29), 23), ((2026, 10, 25), 25)],
    ids=["plain", "spring", "autumn"],
)
def test_the_day_ends_at_midnight_in_amsterdam(day: tuple[int, int, int], hours: int) -> None:
    midnight = datetime(*day, tzinfo=AMSTERDAM).timestamp()
    limits = Limits(per_minute=None, per_day=1, headers=True)
    told = limits.admit("me", midnight)
    assert told.headers["X-RateLimit-Daily-Reset"] == str(int(midnight + hours * 3600))
    assert not limits.admit("me", midnight + hours * 3600 - 1).allowed
    assert limits.admit("me", midnight + hours * 3600).allowed


def test_days_can_last_seconds_for_rehearsals() -> None:
    limits = Limits(per_minute=None, per_day=1, day_s=5, headers=True, started=1000.4)
    assert limits.admit("me", 1001.0).headers["X-RateLimit-Daily-Reset"] == "1005"
    assert limits.admit("me", 1004.0).retry_after_s == 1
    assert limits.admit("me", 1005.0).allowed


async def test_every_answer_of_a_limited_api_tells_its_limits_and_the_date(start: Start) -> None:
    clock = Hand()
    async with start(now=clock) as call:
        headers = (await call("GET", LIST)).headers
        assert headers["X-RateLimit-Minutely-Limit"] == "360"
        assert headers["X-RateLimit-Minutely-Remaining"] == "359"
        assert headers["X-RateLimit-Daily-Limit"] == "15000"
        assert headers["X-RateLimit-Daily-Remaining"] == "14999"
        assert int(headers["X-RateLimit-Daily-Reset"]) > clock.now
        assert headers["Date"] == "Thu, 28 May 2026 20:26:40 GMT"
        assert not [name for name in (await call("GET", "/api2/klanten")).headers if name.startswith("X-RateLimit")]


async def test_going_over_gives_429_with_the_error_and_is_counted(start: Start) -> None:
    clock = Hand()
    async with start(now=clock, per_minute=2) as call:
        replies = [await call("GET", LIST) for _ in range(4)]
        assert [reply.status for reply in replies] == [200, 200, 429, 429]
        assert (replies[2].json["error"], replies[2].headers["Retry-After"]) == (True, "60")
        clock.now += 60
        assert (await call("GET", LIST)).status == 200
        stats = call.simulator.stats
        assert (stats["requests"], stats["over_limit"], stats["worst_window"]) == (5, 2, 4)
        inside = (await call("GET", "/__simulator/stats")).json
        assert inside["systems"]["cyclesoftware"]["statuses"] == {"200": 3, "429": 2}


async def test_the_other_apis_have_limits_when_they_are_given_some(start: Start) -> None:
    async with start(recras_per_minute=1, invoicing_per_day=1) as call:
        for path in ("/api2/klanten", "/contacts"):
            assert [(await call("GET", path)).status for _ in range(2)] == [200, 429]


async def test_nobody_without_a_good_credential_is_counted_against_anyone(start: Start) -> None:
    async with start(per_minute=1) as call:
        for secret in (None, "wrong"):
            reply = await call("GET", LIST, secret=secret)
            assert (reply.status, reply.json["error"]) == (401, True)
        assert (await call("GET", LIST)).status == 200
        assert (await call("GET", LIST, headers={"Authorization": "Bearer demo"})).status == 401


async def test_the_servers_clock_may_be_off(start: Start) -> None:
    async with start(now=Hand(), clock_offset_s=-600) as call:
        assert (await call("GET", LIST)).headers["Date"] == "Thu, 28 May 2026 20:16:40 GMT"
