"""What a plan foretells is what then happens."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from etl.budget import Quota, Shared, forecast, key_of, quotas, window_limits
from etl.budget.limits import WindowLimit
from etl.config.budget_table import BudgetSettings
from etl.config.settings import Account
from etl.errors import ConfigurationError
from tests.budget.world import AMSTERDAM, NOON, Caller, HandClock, Server, daily, moving, play

MORNING = datetime(2026, 3, 10, 0, 0, tzinfo=AMSTERDAM).astimezone(UTC)
SHOP = (Quota(60.0, 360, 360), Quota(None, 12_000, 12_000))


def test_a_burst_under_an_unused_limit_takes_no_minute() -> None:
    found = forecast(100, SHOP, now=NOON, timezone="Europe/Amsterdam")
    assert found.seconds == pytest.approx(13 * 0.3)
    assert found.fits_today


def test_the_pace_is_the_windows() -> None:
    found = forecast(3601, SHOP, now=NOON, timezone="Europe/Amsterdam")
    assert found.minutes == pytest.approx(10, rel=0.01)


def test_what_does_not_fit_today_goes_on_after_midnight() -> None:
    found = forecast(30_000, SHOP, now=MORNING, timezone="Europe/Amsterdam")
    assert (found.today, found.days, found.fits_today) == (12_000, 3, False)
    assert found.finishes_at.astimezone(AMSTERDAM).day == 12
    assert "does not fit today (12000 calls do): 3 days" in str(found)


def test_a_spent_day_begins_tomorrow() -> None:
    found = forecast(10, (Quota(None, 100, 0),), now=NOON, timezone="Europe/Amsterdam")
    assert (found.today, found.days) == (0, 1)
    assert found.finishes_at.astimezone(AMSTERDAM).day == 11


def test_nothing_to_do_takes_no_time() -> None:
    assert forecast(0, SHOP, now=NOON, timezone="UTC").seconds == 0


def test_the_play_agrees_with_the_forecast() -> None:
    async def scene() -> tuple[float, float]:
        clock, rng = HandClock(), random.Random(2)
        server, shared = Server(clock, 30, 60.0), Shared(clock)
        caller = Caller(shared, server, (moving(30, 60.0), daily(400)), tasks=8, rng=rng, latency_s=0.3)
        told = forecast(
            900, quotas(await caller.budget.snapshot()), now=clock.now(), timezone="Europe/Amsterdam", latency_s=0.15
        )
        while server.ours < 900:
            await clock.sleep(1)
        caller.stop()
        return told.seconds, clock.monotonic() - 1000

    told, played = play(scene())
    assert played == pytest.approx(told, rel=0.01)


def account(**more: Any) -> Account:
    given = {
        "name": "bikes", "system": "cyclesoftware", "base_url": "https://api.cyclesoftware.nl",
        "username": SecretStr("shop"), "password": SecretStr("s3cret"),
    }  # fmt: skip
    return Account(**{**given, **more})


def test_the_configuration_replaces_the_declaration_window_by_window() -> None:
    found = window_limits(account(budget=BudgetSettings(per_minute=100, reserve_per_day=3000)))
    assert found == (
        WindowLimit("60", 60.0, 100, True, 0, "X-RateLimit-Minutely-"),
        WindowLimit("day", None, 15_000, False, 3000, "X-RateLimit-Daily-"),
    )


def test_a_day_may_be_configured_where_none_is_declared() -> None:
    found = window_limits(account(system="recras", budget=BudgetSettings(per_day=50)))
    assert [(term.window, term.limit) for term in found] == [("60", 60), ("day", 50)]


def test_the_key_is_the_credentials_and_hides_it() -> None:
    key = key_of(account())
    assert key == key_of(account(name="other", base_url="https://API.cyclesoftware.nl:443/v1"))
    assert key != key_of(account(password=SecretStr("other")))
    assert key != key_of(account(base_url="https://api.cyclesoftware.be"))
    assert "s3cret" not in key and "shop" not in key


def test_a_reserve_above_a_limit_is_refused() -> None:
    with pytest.raises((ConfigurationError, ValueError)):
        window_limits(account(budget=BudgetSettings(per_day=10, reserve_per_day=10)))
