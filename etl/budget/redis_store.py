"""Books in Redis, for several machines that share a credential. Needs the extra `[redis]`.

A book is one hash: its version, its facts and its log, read whole and written back by a script that does so only
where the version is still the one read; else the change is made again on the newer book. Time is the Redis server's,
so that machines agree on it. `limits` has no window whose places are held while a call is under way (its moving
window counts from the sending, and would let calls through that the server counts later): hence this script.

Nobody can see from afar whether a process died: its calls count until the longest that a call may take, and a window.
The server must keep what it is given: `maxmemory-policy noeviction`, and persistence switched on.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable
from typing import Any, cast

import orjson
import redis.asyncio
from pydantic import ValidationError
from redis.exceptions import RedisError

from etl.budget.account_state import FACTS, LONGEST_PAUSE_S, AccountState, CallEntry
from etl.budget.monotonic import ticks
from etl.budget.store import Act, T
from etl.clock import Clock
from etl.errors import ConfigurationError, InputOutputError

FORMAT = 1
TRIES = 500
KEPT_S = int(LONGEST_PAUSE_S) + 86400

WRITE_BACK = """
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if version ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'format', ARGV[5], 'version', ARGV[1] + 1, 'facts', ARGV[2], 'log', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
"""


class RedisStore:
    """`url` as redis-py takes it: redis://, rediss:// or unix://."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.session = secrets.token_hex(8)
        self._ticks = ticks(clock)
        self._offset: float | None = None
        self._books: dict[str, AccountState] = {}
        try:
            self._redis = redis.asyncio.Redis.from_url(url, socket_timeout=10, socket_connect_timeout=10)
        except ValueError:
            raise ConfigurationError(
                "[state] budgets is no address of a Redis server.", remedy="One is redis://127.0.0.1:6379/0."
            ) from None
        self._write_back = self._redis.register_script(WRITE_BACK)

    async def change(self, key: str, act: Act[T]) -> T:
        name = f"contact-etl:budget:{key}"
        for attempt in range(TRIES):
            try:
                version, book, now = await self._read(name)
                result = act(book, now)
                saved = not book.dirty or await self._write(name, version, book, now)
            except (RedisError, OSError) as error:
                raise InputOutputError(
                    f"The budgets' Redis server does not answer ({type(error).__name__}).",
                    remedy="Nothing is called without it. Start it, then run the same command again.",
                ) from None
            if saved:
                book.settled()
                self._books[key] = book
                return result
            await asyncio.sleep(0.001 * min(attempt, 20))
        raise InputOutputError("The budgets' Redis server is too busy.", remedy="Run the same command again later.")

    def seen(self, key: str) -> AccountState:
        return self._books.get(key) or AccountState()

    def now(self) -> float:
        """Redis' time as of the last reply, and what went by since."""
        return self._ticks() + (self._offset or 0.0)

    def is_gone(self, session: str) -> bool | None:
        return None if session != self.session else False

    async def close(self) -> None:
        await self._redis.aclose()

    async def _read(self, name: str) -> tuple[str, AccountState, float]:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.time()
            pipe.hmget(name, ["format", "version", "facts", "log"])
            (seconds, micros), (form, version, facts, log) = await pipe.execute()
        now = seconds + micros / 1e6
        # the wall clock of the server may be set back: time as seen from here never goes back with it
        self._offset = max(now - self._ticks(), self._offset if self._offset is not None else now - self._ticks())
        now = self.now()
        if version is None:
            return "0", AccountState(), now
        if int(form or 0) > FORMAT:
            raise ConfigurationError(
                "The budgets in Redis were written by a newer contact-etl.", remedy="Upgrade contact-etl here."
            )
        try:
            entries = [CallEntry(*line) for line in orjson.loads(log)]
            return version.decode(), AccountState(FACTS.validate_json(facts), entries), now
        except (ValidationError, TypeError, ValueError):
            raise ConfigurationError(
                f"The budget {name} in Redis is damaged.",
                remedy="It held the calls of today, so nothing is called without it. Delete that key when the next "
                "day has begun: a new one starts counting at 0.",
            ) from None

    async def _write(self, name: str, version: str, book: AccountState, now: float) -> bool:
        book.log.forget(now - book.horizon())
        log = orjson.dumps(book.log.lines())
        arguments: list[bytes | str | int] = [version, orjson.dumps(book.facts), log, KEPT_S, FORMAT]
        return bool(await cast(Awaitable[Any], self._write_back(keys=[name], args=arguments)))
