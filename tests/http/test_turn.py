"""A reading and the writing after it, in one turn of the budget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from etl.errors import BudgetSpent, TryLater
from etl.http.answer import Response
from etl.http.client import Client
from etl.http.judge import judge_response
from etl.http.send import Outcome, Sending, SendVerdict, send
from etl.http.turn import Turn
from etl.systems.declare import ONE
from tests.support.clock import QuickClock
from tests.support.scripted import Answer, Raw, RawServer, Seen, Server, http

from .conftest import Opened

OK = Answer({"id": 1})
OK_BYTES = http(b'{"id": 1}', "Content-Type: application/json")


async def read(client: Client, turn: Turn) -> None:
    async def take(response: Response) -> None:
        judge_response(client.account.declaration, response, "bikes")

    await client.ask("/api/1", {}, take, where="bikes", turn=turn)


async def write(client: Client, turn: Turn, clock: QuickClock, told: list[bool] | None = None) -> Outcome:
    async def ready() -> None:
        if told is not None:
            told.append(turn.together)

    return await send(client, Sending("PUT", "/api/1", {"name": "J"}), ready=ready, clock=clock, turn=turn)


async def left(client: Client) -> int:
    return min(limit.left for limit in (await client.budget.snapshot()).limits if limit.seconds)


@asynccontextmanager
async def serving(
    client_of: Opened, script: list[Answer] | Callable[[Seen], Answer], **settings: object
) -> AsyncIterator[tuple[Client, Server, QuickClock]]:
    clock = QuickClock()
    with Server(script) as server:
        async with client_of(server.base_url, clock=clock, **settings) as client:
            yield client, server, clock


async def test_a_reading_and_a_writing_go_out_on_one_turn(client_of: Opened) -> None:
    told: list[bool] = []
    async with serving(client_of, [OK], budget={"per_minute": 2}) as (client, server, clock):
        for _ in range(3):
            async with client.turn(ONE, ONE) as turn:
                await read(client, turn)
                outcome = await write(client, turn, clock, told)
                assert outcome.verdict is SendVerdict.TAKEN
        assert [seen.method for seen in server.seen] == ["GET", "PUT"] * 3
        assert told == [True] * 3
        assert client.calls.sent == 6
        assert sum(clock.naps) == pytest.approx(120, abs=1)


async def test_what_is_not_used_is_given_back(client_of: Opened) -> None:
    async with serving(client_of, [OK], budget={"per_minute": 10}) as (client, _, _clock):
        async with client.turn(ONE, ONE, ONE) as turn:
            await read(client, turn)
            assert await left(client) == 7
        assert await left(client) == 9
        with pytest.raises(KeyError):
            async with client.turn(ONE, ONE):
                raise KeyError
        assert await left(client) == 9


async def test_where_two_are_never_allowed_at_once_the_second_knows_that_it_waited(client_of: Opened) -> None:
    told: list[bool] = []
    async with serving(client_of, [OK], budget={"per_minute": 1}) as (client, server, clock):
        async with client.turn(ONE, ONE) as turn:
            await read(client, turn)
            await write(client, turn, clock, told)
        assert told == [False]
        assert sum(clock.naps) == pytest.approx(60, abs=1)
        assert len(server.seen) == 2


async def test_a_reading_that_is_repeated_asks_for_both_turns_anew(client_of: Opened) -> None:
    told: list[bool] = []
    script = [OK, Answer(b"", 503, {"Retry-After": "5"}), OK, OK]
    async with serving(client_of, script, budget={"per_minute": 3}) as (client, server, clock):
        async with client.turn(ONE) as turn:
            await read(client, turn)
        async with client.turn(ONE, ONE) as turn:
            await read(client, turn)  # the second attempt would take the last call, and leave none to write
            await write(client, turn, clock, told)
        assert told == [True]
        assert [seen.method for seen in server.seen] == ["GET", "GET", "GET", "PUT"]
        assert (client.calls.sent, client.calls.retried) == (4, 1)


async def test_the_hidden_repeat_of_a_reading_asks_for_both_turns_anew(client_of: Opened) -> None:
    told: list[bool] = []
    ok = Raw([OK_BYTES], close=False)
    clock = QuickClock()
    with RawServer(ok, Raw([]), ok, ok) as server:
        async with client_of(server.base_url, clock=clock, budget={"per_minute": 4}) as client:
            async with client.turn(ONE) as turn:
                await read(client, turn)
            async with client.turn(ONE, ONE) as turn:
                await read(client, turn)
                assert (client.calls.sent, client.calls.retried) == (3, 0)
                assert await left(client) == 0
                await write(client, turn, clock, told)
    assert told == [True]
    assert len(server.requests) == 4


async def test_a_pause_between_the_two_is_heeded_and_the_second_knows_that_it_waited(client_of: Opened) -> None:
    told: list[bool] = []
    async with serving(client_of, [OK]) as (client, _, clock):
        async with client.turn(ONE, ONE) as turn:
            await read(client, turn)
            await client.budget.pause(30)
            await write(client, turn, clock, told)
        assert told == [False]
        assert sum(clock.naps) >= 30


@pytest.mark.parametrize("status", [429, 503])
async def test_an_answer_that_stops_all_calls_stops_those_beside_its_turn_too(status: int, client_of: Opened) -> None:
    told: list[bool] = []
    busy = Answer(b"", status, {"Retry-After": "37"})
    async with serving(client_of, [busy, OK]) as (client, server, clock):
        async with client.turn(ONE, ONE, ONE) as turn:
            await write(client, turn, clock, told)
            assert sum(clock.naps) == 0
            await client.ask("/api/2", {}, nothing, where="bikes")
            assert sum(clock.naps) >= 37
            await write(client, turn, clock, told)
        assert told == [True, False]
        assert len(server.seen) == 3


async def test_after_an_answer_that_stops_all_calls_the_rest_of_a_turn_waits(client_of: Opened) -> None:
    told: list[bool] = []
    async with serving(client_of, [Answer(b"", 429, {"Retry-After": "37"}), OK]) as (client, server, clock):
        async with client.turn(ONE, ONE) as turn:
            await write(client, turn, clock, told)
            outcome = await write(client, turn, clock, told)
        assert (outcome.verdict, told) == (SendVerdict.TAKEN, [True, False])
        assert sum(clock.naps) >= 37
        assert len(server.seen) == 2


async def test_a_slot_that_was_held_too_long_is_not_used(client_of: Opened) -> None:
    told: list[bool] = []
    async with serving(client_of, [OK]) as (client, _, clock):
        async with client.turn(ONE, ONE) as turn:
            await read(client, turn)
            await clock.sleep(55)
            await write(client, turn, clock, told)
        assert told == [False]


async def test_what_has_gone_out_is_not_asked_for_again_after_a_pause(client_of: Opened) -> None:
    async with serving(client_of, [OK], budget={"per_minute": 2}) as (client, server, clock):
        async with client.turn(ONE, ONE) as turn:
            await read(client, turn)
            await client.budget.pause(3)
            await write(client, turn, clock)  # there is room for one more this minute, and for no two
        assert 3 <= sum(clock.naps) < 10
        assert len(server.seen) == 2


async def test_who_finds_that_time_has_passed_may_still_not_send(client_of: Opened) -> None:
    class ReadAgain(Exception):
        pass

    async with serving(client_of, [OK], budget={"per_minute": 5}) as (client, server, clock):
        async with client.turn(ONE, ONE) as turn:
            await read(client, turn)
            await client.budget.pause(3)

            async def ready() -> None:
                if not turn.together:
                    raise ReadAgain

            with pytest.raises(ReadAgain):
                await send(client, Sending("PUT", "/api/1", {}), ready=ready, clock=clock, turn=turn)
        assert [seen.method for seen in server.seen] == ["GET"]
        assert await left(client) == 4


async def test_a_turn_that_the_day_has_no_calls_for_parks(client_of: Opened) -> None:
    async with serving(client_of, [OK], budget={"per_day": 3}) as (client, server, clock):
        async with client.turn(ONE, ONE) as turn:
            await read(client, turn)
            await write(client, turn, clock)
        with pytest.raises(BudgetSpent):
            async with client.turn(ONE, ONE):
                pass
        assert len(server.seen) == 2


async def test_a_reading_that_fails_for_good_leaves_no_slot_behind(client_of: Opened) -> None:
    async with serving(client_of, [Answer(b"", 503)], budget={"per_minute": 100}) as (client, server, _clock):
        with pytest.raises(TryLater):
            async with client.turn(ONE, ONE) as turn:
                await read(client, turn)
        assert await left(client) == 100 - len(server.seen)


async def test_more_turns_than_the_client_has_room_for_do_not_wait_for_each_other(client_of: Opened) -> None:
    async with serving(client_of, [OK], budget={"per_minute": 4}) as (client, server, clock):

        async def update() -> None:
            async with client.turn(ONE, ONE) as turn:
                await read(client, turn)
                await write(client, turn, clock)

        async def look() -> None:
            await client.ask("/api/2", {}, nothing, where="bikes")

        async with asyncio.timeout(20):
            await asyncio.gather(*(update() for _ in range(20)), *(look() for _ in range(20)))
        assert len(server.seen) == 60


async def nothing(_: Response) -> None:
    pass
