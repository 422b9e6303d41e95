"""What was read of one shop is never continued, merged or shown as vanished for another under the same account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.shops import NORTH, ROWS, SOURCES, SOUTH, Shops, shops_of
from tests.support.workplace import Ran

GIVEN_UP = "belongs to another shop than last time"


WHOLE = 6
"""How many pages an export of everything has, the one at its end for what changed meanwhile among them."""


def pages(ran: Ran) -> int:
    """How many pages a run asked for and needed."""
    calls = ran.summary["calls"]
    return int(calls["sent"] - calls["over_fetched"])


@pytest.fixture
async def shops(tmp_path: Path) -> AsyncIterator[Shops]:
    async with shops_of(tmp_path) as shops:
        yield shops


async def test_an_export_that_was_interrupted_as_one_shop_is_not_gone_on_with_as_another(shops: Shops) -> None:
    await shops.at(NORTH).interrupted()
    ran = await shops.at(SOUTH).export()
    assert (ran.code, shops.owners()) == (0, {SOUTH: ROWS})
    assert ran.err.count(GIVEN_UP) == 1
    assert "mine: its credential" in ran.err
    assert "etl accounts same mine" in ran.err
    again = await shops.export()
    assert GIVEN_UP not in again.err, "it is the shop of last time now"


async def test_changes_since_the_last_export_of_one_shop_are_not_merged_with_those_of_another(shops: Shops) -> None:
    await shops.at(NORTH).export()
    ran = await shops.at(SOUTH).export("--since", "last")
    assert (ran.code, shops.owners()) == (0, {SOUTH: ROWS})


@pytest.mark.parametrize("system", SOURCES)
async def test_who_vanished_at_one_shop_does_not_appear_in_the_table_of_another(system: str, tmp_path: Path) -> None:
    async with shops_of(tmp_path, system) as shops:
        await shops.at(NORTH).export()
        shops.leave(NORTH, 3, 4)
        await shops.export()
        assert (shops.owners(), shops.gone()) == ({NORTH: ROWS}, 2)
        shops.at(SOUTH).leave(SOUTH, 3, 4)
        ran = await shops.export()
        assert (ran.code, shops.owners(), shops.gone()) == (0, {SOUTH: ROWS - 2}, 0)
        assert ran.summary["accounts"]["mine"]["streams"][SOURCES[system]]["changes"] is None


async def test_who_vanished_at_one_host_does_not_appear_in_the_table_of_another(tmp_path: Path) -> None:
    async with shops_of(tmp_path / "here") as here, shops_of(tmp_path / "there") as there:
        await here.at(NORTH).export()
        here.leave(NORTH, 3, 4)
        await here.export()
        here.base_url = there.simulator.base_url
        there.people(NORTH, owner=SOUTH)
        there.leave(NORTH, 3, 4)
        ran = await here.at(NORTH).export()
        assert (ran.code, here.owners(), here.gone()) == (0, {SOUTH: ROWS - 2}, 0)
        assert f"mine: its address {GIVEN_UP}" in ran.err


async def test_what_was_kept_of_a_shop_goes_on_when_its_credential_is_back(shops: Shops, tmp_path: Path) -> None:
    await shops.at(NORTH).export()
    shops.leave(NORTH, 3, 4)
    await shops.export()
    await shops.interrupted("--format", "csv")
    shops.at(SOUTH)
    assert [(await shops.export("--full")).code for _ in range(2)] == [0, 0]
    back = await shops.at(NORTH).replay(tmp_path / "again")
    assert (back.code, shops.owners(tmp_path / "again")) == (0, {NORTH: ROWS})
    ran = await shops.export("--since", "last")
    assert (ran.code, pages(ran), shops.owners(), shops.gone()) == (0, 1, {NORTH: ROWS}, 2)
    shops.leave(NORTH, 5)
    ran = await shops.export()
    changes = ran.summary["accounts"]["mine"]["streams"]["customers"]["changes"]
    assert (changes, shops.gone()) == ({"new": 0, "changed": 0, "vanished": 1}, 3)


async def test_a_password_makes_no_other_shop(shops: Shops) -> None:
    await shops.at(NORTH).interrupted()
    ran = await shops.at(NORTH, password="changed").export()
    assert (ran.code, shops.owners(), ran.err) == (0, {NORTH: ROWS}, "")
    assert pages(ran) < WHOLE


async def test_neither_does_another_spelling_of_the_address(shops: Shops) -> None:
    await shops.at(NORTH).interrupted()
    shops.base_url = shops.simulator.base_url.replace("127.0.0.1", "LOCALHOST") + "/"
    ran = await shops.at(NORTH).export()
    assert (ran.code, shops.owners(), ran.err) == (0, {NORTH: ROWS}, "")


async def test_a_credential_that_is_refused_is_not_taken_for_the_shop_of_last_time(shops: Shops) -> None:
    await shops.at(NORTH).export()
    refused = await shops.at(SOUTH).export(rules=[{"action": {"status": 401}}])
    assert (refused.code, GIVEN_UP in refused.err) == (77, True)
    ran = await shops.at(NORTH).export("--since", "last")
    assert (ran.code, ran.err, shops.owners()) == (0, "", {NORTH: ROWS})


async def test_a_purge_that_is_asked_for_takes_what_is_kept_of_another_shop_and_nothing_of_the_last(
    shops: Shops, tmp_path: Path
) -> None:
    await shops.at(NORTH).export()
    shops.leave(NORTH, 3)
    await shops.export()
    await shops.at(SOUTH).export()
    await shops.at(NORTH).export("--since", "last")
    assert (await shops.run("purge", "--older-than", "0")).code == 0
    assert (await shops.replay(tmp_path / "mine")).code == 0
    assert (await shops.at(SOUTH).replay(tmp_path / "theirs")).code == 64
    ran = await shops.export("--since", "last")
    assert (ran.code, pages(ran), shops.owners()) == (0, WHOLE, {SOUTH: ROWS})


# -- a rotated key of the same shop ---------------------------------------------------------------------


@pytest.mark.parametrize("since", [(), ("--since", "last")])
async def test_a_new_key_of_the_same_shop_goes_on_when_that_is_said(since: tuple[str, ...], shops: Shops) -> None:
    await shops.at(NORTH).export()
    shops.leave(NORTH, 3)
    await shops.export()
    shops.people(SOUTH, owner=NORTH)
    shops.leave(SOUTH, 3, 4)
    said = await shops.at(SOUTH).run("accounts", "same", "mine", "--json")
    assert (said.code, said.summary["streams"]) == (0, ["customers"])
    ran = await shops.export(*since)
    assert (ran.code, ran.err, shops.owners()) == (0, "", {NORTH: ROWS})
    assert (pages(ran), shops.gone()) == ((1, 1) if since else (WHOLE, 2))


async def test_who_vanished_before_it_was_said_is_noticed_all_the_same(shops: Shops) -> None:
    await shops.at(NORTH).export()
    shops.people(SOUTH, owner=NORTH)
    shops.leave(SOUTH, 3, 4)
    assert GIVEN_UP in (await shops.at(SOUTH).export()).err
    await shops.export("--since", "last")
    assert (await shops.run("accounts", "same", "mine")).code == 0
    ran = await shops.export()
    assert (ran.code, ran.err, shops.owners(), shops.gone()) == (0, "", {NORTH: ROWS}, 2)


async def test_what_a_new_key_has_begun_goes_on_when_it_is_said_and_an_old_key_may_come_back(shops: Shops) -> None:
    await shops.at(NORTH).export()
    shops.people(SOUTH, owner=NORTH)
    await shops.at(SOUTH).interrupted()
    assert (await shops.run("accounts", "same", "mine")).code == 0
    ran = await shops.export()
    assert (ran.code, pages(ran) < WHOLE, shops.owners()) == (0, True, {NORTH: ROWS})
    ran = await shops.at(NORTH).export("--since", "last")
    assert (ran.code, ran.err, pages(ran)) == (0, "", 1)


async def test_said_twice_or_of_nothing_it_changes_nothing(shops: Shops) -> None:
    await shops.at("first").export()
    nothing = await shops.run("accounts", "same", "mine")
    assert (nothing.code, "nothing was read from another shop" in nothing.err) == (64, True)
    await shops.at(NORTH).export()
    await shops.at(SOUTH).run("accounts", "same", "mine")
    again = await shops.run("accounts", "same", "mine")
    assert (again.code, "already" in again.err) == (64, True)
    assert (await shops.run("accounts", "same", "yours")).code == 64
    back = await shops.at("first").export("--since", "last")
    assert (back.code, pages(back), shops.owners()) == (0, 1, {"first": ROWS})


# -- what calls nobody -----------------------------------------------------------------------------------


async def test_a_replay_writes_no_tables_of_another_shop_than_the_account_is_at(shops: Shops, tmp_path: Path) -> None:
    await shops.at(NORTH).export()
    ran = await shops.at(SOUTH).replay(tmp_path / "again")
    assert (ran.code, "etl accounts same mine" in ran.err) == (64, True)
    assert not (tmp_path / "again" / "contacts").exists()


async def test_a_replay_without_the_credential_writes_what_was_complete_last_at_the_address(
    shops: Shops, tmp_path: Path
) -> None:
    await shops.at(NORTH).export()
    await shops.at(SOUTH).export()
    config = shops.project.config
    config.write_text(config.read_text("utf-8").replace('"south"', '"${NOT_SET}"'), "utf-8")
    ran = await shops.replay(tmp_path / "again")
    assert (ran.code, shops.owners(tmp_path / "again")) == (0, {SOUTH: ROWS})
    config.write_text(config.read_text("utf-8").replace("127.0.0.1", "127.0.0.2"), "utf-8")
    assert (await shops.replay(tmp_path / "other")).code == 64


async def test_a_plan_and_the_status_know_the_shops_apart(shops: Shops) -> None:
    await shops.at(NORTH).export()
    known = (await shops.run("plan", "export", "--json")).summary
    shops.at(SOUTH)
    unknown = (await shops.run("plan", "export", "--json")).summary
    assert ("never exported" in str(known), "never exported" in str(unknown)) == (False, True)
    (cursor,) = (await shops.run("status", "--json")).summary["cursors"]
    assert cursor["present"] is False
    shown = (await shops.run("status")).out
    assert shown.index("Kept of other shops") < shown.index("mine.customers")
    await shops.export()
    cursors = (await shops.run("status", "--json")).summary["cursors"]
    assert [(one["present"], one["stream"]) for one in cursors] == [(False, "customers"), (True, "customers")]
