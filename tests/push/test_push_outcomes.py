"""What each answer to a write comes to: done, rejected, looked up or pending, and never sent twice."""

from __future__ import annotations

from typing import Any

import pytest

from etl.errors import BudgetSpent, CredentialsRefused, TryLater
from etl.http.client import LIMITED_TRIES
from etl.push.dispatch.dispatcher import IN_FLIGHT

from .conftest import Opened, people

TARGETS = ("customers", "contacten", "klanten", "contacts", "shoppers")
NTH_2 = {"nth": [2]}


def on_post(action: dict[str, Any], when: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    return [{"method": "POST", "when": when or NTH_2, "action": action}]


@pytest.mark.parametrize("target", TARGETS)
async def test_rows_arrive_once_and_a_second_run_sends_nothing(target: str, shop_of: Opened) -> None:
    async with shop_of(target) as shop:
        first = await shop.push(people(5))
        assert (first.exit_code, first.outcomes) == (0, {"created": 5})
        second = await shop.push(people(5))
        assert (second.exit_code, second.outcomes) == (0, {"unchanged": 5})
        assert len(shop.made) == 5


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("action", "before"),
    [
        ({"drop_after": True}, True),
        ({"drop_before": True}, False),
        ({"status": 500, "commit": True}, True),
        ({"status": 503}, False),
        ({"status": 408}, False),
        ({"status": 425}, False),
        ({"broken_json": True}, True),
        ({"empty": True}, True),
        ({"cut_body": 0.5}, True),
        ({"html": True, "commit": True}, True),
        ({"redirect": {"status": 303, "to": "/x"}, "commit": True}, True),
        ({"redirect": {"status": 307, "to": "/x"}}, False),
    ],
)
async def test_an_outcome_nobody_knows_is_looked_up_and_only_what_is_absent_is_sent_again(
    action: dict[str, Any], before: bool, target: str, shop_of: Opened
) -> None:
    async with shop_of(target, faults=on_post(action)) as shop:
        report = await shop.push(people(3))
        assert (report.exit_code, report.outcomes) == (0, {"created": 3})
        assert len(shop.made) == len(set(shop.made)) == 3
        posts = shop.simulator.stats["systems"][SYSTEM_OF[target]]["operations"]["POST"]
        dropped = "drop_before" in action or "drop_after" in action  # the server counts only what it answered
        assert posts == 3 + (not before) - dropped


SYSTEM_OF = {
    "customers": "cyclesoftware",
    "contacten": "recras",
    "klanten": "recras",
    "contacts": "invoicing",
    "shoppers": "woocommerce",
}


async def test_a_list_that_lags_behind_the_first_look_is_looked_at_twice(shop_of: Opened) -> None:
    lag = {"method": "GET", "path": "list.json", "action": {"find_lag_s": 70}}
    async with shop_of("customers", faults=[*on_post({"drop_after": True}), lag]) as shop:
        report = await shop.push(people(3))
        assert report.outcomes == {"created": 3}
        assert len(shop.made) == 3


async def test_a_look_comes_no_sooner_than_the_settle_time(shop_of: Opened) -> None:
    async with shop_of("customers", faults=on_post({"drop_before": True})) as shop:
        await shop.push(people(3))
        assert sum(shop.clock.naps) >= 120


@pytest.mark.parametrize("status", [400, 406, 409, 413, 422])
async def test_a_row_that_the_server_refuses_is_rejected_with_its_reason_and_not_repeated(
    status: int, shop_of: Opened
) -> None:
    async with shop_of("customers", faults=on_post({"status": status})) as shop:
        report = await shop.push(people(3))
        assert (report.exit_code, report.outcomes) == (65, {"created": 2, "rejected": 1})
        (reject,) = shop.rejects(report)
        assert str(status) in reject["reason"]
        posts = shop.simulator.stats["systems"]["cyclesoftware"]["operations"]["POST"]
        assert posts == 3


async def test_a_conflict_over_a_record_of_ours_is_found_to_be_done(shop_of: Opened) -> None:
    async with shop_of("customers", faults=on_post({"status": 409, "commit": True})) as shop:
        report = await shop.push(people(3))
        assert report.outcomes == {"created": 3}
        assert len(shop.made) == 3


async def test_an_error_in_a_body_with_200_is_a_rejection(shop_of: Opened) -> None:
    async with shop_of("customers", faults=on_post({"error_true": True})) as shop:
        report = await shop.push(people(3))
        assert report.outcomes == {"created": 2, "rejected": 1}


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_credentials_stop_the_run_and_leave_the_rest_pending(status: int, shop_of: Opened) -> None:
    async with shop_of("contacten", faults=on_post({"status": status})) as shop:
        report = await shop.push(people(9))
        assert isinstance(report.error, CredentialsRefused)
        assert (report.exit_code, report.outcomes) == (77, {"unknown": 1, "pending": 8})
        shop.simulator.set_faults(None)
        assert (await shop.push(people(9))).outcomes == {"created": 9}
        assert len(shop.made) == 9


async def test_too_many_calls_are_waited_for_and_the_row_goes_again(shop_of: Opened) -> None:
    async with shop_of("customers", faults=on_post({"status": 429, "retry_after": "7"})) as shop:
        report = await shop.push(people(3))
        assert report.outcomes == {"created": 3}
        assert report.calls["er"].limited == 1
        assert sum(shop.clock.naps) >= 7


async def test_a_server_that_keeps_saying_429_is_waited_for_longer_and_longer_and_then_left_alone(
    shop_of: Opened,
) -> None:
    always = [{"method": "POST", "action": {"status": 429}}]
    async with shop_of("customers", faults=always) as shop:
        report = await shop.push(people(1))
        assert isinstance(report.error, TryLater)
        assert (report.exit_code, report.outcomes) == (75, {"pending": 1})
        assert shop.simulator.stats["systems"]["cyclesoftware"]["operations"]["POST"] == LIMITED_TRIES
        assert sum(shop.clock.naps) == pytest.approx(1.875 + 3.75 + 7.5 + 15 + 30 + 30 + 30, abs=1)


async def test_a_server_that_is_not_there_ends_with_75_and_nothing_in_doubt(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        shop.configure("http://127.0.0.1:9")
        report = await shop.push(people(3))
        assert isinstance(report.error, TryLater)
        assert (report.exit_code, report.outcomes) == (75, {"pending": 3})
        assert report.resume_at is not None


async def test_a_spent_day_parks_the_run_and_the_rest_goes_the_next_day(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        shop.config.write_text(shop.config.read_text().replace("per_day = 1000000", "per_day = 5"))
        report = await shop.push(people(9))
        assert isinstance(report.error, BudgetSpent)
        assert (report.exit_code, report.status) == (75, "parked")
        assert report.outcomes == {"created": 4, "pending": 5}
        shop.clock._passed += 86_400
        assert (await shop.push(people(9))).outcomes["created"] == 4
        shop.clock._passed += 86_400
        assert (await shop.push(people(9))).outcomes == {"unchanged": 8, "created": 1}
        assert len(shop.made) == 9


async def test_an_outage_makes_a_handful_of_doubts_and_ends_with_75(shop_of: Opened) -> None:
    always = [{"method": "POST", "action": {"status": 502}}]
    async with shop_of("customers", faults=always) as shop:
        report = await shop.push(people(400))
        assert isinstance(report.error, TryLater)
        assert report.exit_code == 75
        posts = shop.simulator.stats["systems"]["cyclesoftware"]["operations"]["POST"]
        assert posts <= 2 * (5 + IN_FLIGHT)
        shop.simulator.set_faults(None)
        report = await shop.push(people(400))
        assert report.outcomes == {"created": 400}
        assert len(set(shop.made)) == len(shop.made) == 400


async def test_a_look_that_fails_leaves_the_outcome_unknown_until_the_next_run(shop_of: Opened) -> None:
    down = {"method": "GET", "when": {"nth": list(range(2, 100))}, "action": {"status": 503}}
    async with shop_of("customers", faults=[*on_post({"drop_after": True}), down]) as shop:
        report = await shop.push(people(3))
        assert (report.exit_code, report.outcomes) == (75, {"created": 2, "unknown": 1})
        shop.simulator.set_faults(None)
        report = await shop.push(people(3))
        assert (report.exit_code, report.outcomes) == (0, {"unchanged": 2, "created": 1})
        assert len(shop.made) == 3


async def test_an_answer_about_another_row_is_not_believed(shop_of: Opened) -> None:
    other = '{"customer_id": 999999, "customer_reference": "of-another"}'
    faults = on_post({"status": 200, "body": other, "commit": True})
    async with shop_of("customers", faults=faults) as shop:
        report = await shop.push(people(3))
        assert report.outcomes == {"created": 3}
        assert "999999" not in {row["remote_id"] for row in shop.results(report)}
        assert len(shop.made) == 3


async def test_an_answer_about_another_row_with_nothing_made_is_for_people_to_decide(shop_of: Opened) -> None:
    other = '{"customer_id": 999999, "customer_reference": "of-another"}'
    async with shop_of("customers", faults=on_post({"status": 200, "body": other})) as shop:
        report = await shop.push(people(3))
        assert (report.exit_code, report.outcomes) == (65, {"created": 2, "review": 1})
        shop.simulator.set_faults(None)
        assert (await shop.push(people(3))).outcomes == {"unchanged": 2, "review": 1}
        assert len(shop.made) == 2


async def test_the_clock_of_a_server_may_be_ten_minutes_off(shop_of: Opened) -> None:
    for offset in (-600.0, 600.0):
        async with shop_of("customers", faults=on_post({"drop_after": True}), clock_offset_s=offset) as shop:
            (shop.folder / ".etl" / "ledger.seal").unlink(missing_ok=True)
            report = await shop.push(people(3))
            assert report.outcomes == {"created": 3}
            assert len(shop.made) == 3


async def test_a_look_reads_only_what_changed_about_the_time_of_the_call(shop_of: Opened) -> None:
    async with shop_of("customers", faults=on_post({"drop_after": True}, {"nth": [1203]}), page_size=100) as shop:
        for count in (1200, 1201):
            await shop.push(people(count))
            shop.clock._passed += 3600
        before = shop.simulator.stats["systems"]["cyclesoftware"]["operations"]["GET"]
        report = await shop.push(people(1203))
        assert report.outcomes == {"unchanged": 1201, "created": 2}
        pages = shop.simulator.stats["systems"]["cyclesoftware"]["operations"]["GET"] - before
        assert pages == 2  # before the push, and for the one in doubt


@pytest.mark.parametrize("target", ["customers", "contacts"])
async def test_the_same_person_under_anothers_reference_is_for_people_to_decide(target: str, shop_of: Opened) -> None:
    faults = [{"method": "POST", "when": {"nth": [4]}, "action": {"drop_before": True}}]
    async with shop_of(target, faults=faults) as shop:
        await shop.push([{**row, "reference": f"theirs-{row['nr']}"} for row in people(3)])
        shop.forget()
        report = await shop.push(people(1))
        assert (report.exit_code, report.outcomes) == (65, {"review": 1})
        assert "stands there already" in shop.rejects(report)[0]["reason"]
        assert len(shop.made) == 3
