"""Where so many calls may be under way, each holds its place until its body has come, and gives it back however it
ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from etl.errors import TryLater
from etl.http.answer import Bounds, Incoming, Response
from etl.http.client import Client
from etl.systems import SYSTEMS
from etl.systems.declare import ONE
from tests.support.clock import settle
from tests.support.scripted import Answer, Server

Opened = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture(autouse=True)
def one_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SYSTEMS.loaded, "cyclesoftware", replace(SYSTEMS["cyclesoftware"], at_once=1))


async def status(response: Response) -> int:
    return response.status


async def test_a_call_holds_its_place_until_its_body_has_come(client_of: Opened) -> None:
    with Server([Answer([])]) as server:
        async with client_of(server.base_url) as client:
            there, go_on = asyncio.Event(), asyncio.Event()

            async def take(incoming: Incoming) -> int:
                there.set()
                await go_on.wait()
                return incoming.status

            first = asyncio.create_task(client.receive("/a", {}, take, where="a", bounds=Bounds()))
            await there.wait()
            second = asyncio.create_task(client.ask("/b", {}, status, where="b"))
            for _ in range(20):
                await settle()
                await asyncio.sleep(0.005)
            assert [seen.path for seen in server.seen] == ["/a"]
            go_on.set()
            assert [await first, await second] == [200, 200]


async def test_a_turn_holds_one_place_for_its_calls_one_after_another(client_of: Opened) -> None:
    with Server([Answer([])]) as server:
        async with client_of(server.base_url) as client:
            async with client.turn(ONE, ONE) as turn:
                for path in ("/a", "/b"):
                    await client.ask(path, {}, status, where="a", turn=turn)
                    assert turn.together
            assert await client.ask("/c", {}, status, where="a") == 200


async def test_a_call_that_fails_gives_its_place_back(client_of: Opened) -> None:
    async with client_of("http://127.0.0.1:1") as client:
        for _ in range(2):
            with pytest.raises(TryLater):
                await client.ask("/a", {}, status, where="a")
