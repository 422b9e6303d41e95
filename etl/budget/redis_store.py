"""Keep budgets in Redis, for several machines that share a credential. Needs the extra `[redis]`.

A budget is one hash with version, facts and log. It is read whole and written back by a script, only if the version is
still the one that was read; else the change is applied again to the newer state. Time is the Redis server's, so that
machines agree on it. The library `limits` has no window whose slots are held while a call is under way (its sliding
window counts from the sending, and would let calls through that the server counts later): hence this script.

Whether a process on another machine died cannot be seen: its calls count for as long as a call may take, plus a window.
The server must not lose data: `maxmemory-policy noeviction`, and persistence switched on.
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
    """A store at a `url` as redis-py takes it: redis://, rediss:// or unix://."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.session = secrets.token_hex(8)
        self._ticks = ticks(clock)
        self._offset: float | None = None
        self._states: dict[str, AccountState] = {}
        try:
            self._redis = redis.asyncio.Redis.from_url(url, socket_timeout=10, socket_connect_timeout=10)
        except ValueError:
            raise ConfigurationError(
                "[state] budgets is not the address of a Redis server.", remedy="One is redis://127.0.0.1:6379/0."
            ) from None
        self._write_back = self._redis.register_script(WRITE_BACK)

    async def change(self, key: str, act: Act[T]) -> T:
        name = f"contact-etl:budget:{key}"
        for attempt in range(TRIES):
            try:
                version, state, now = await self._read(name)
                result = act(state, now)
                saved = not state.dirty or await self._write(name, version, state, now)
            except (RedisError, OSError) as error:
                raise InputOutputError(
                    f"The budgets' Redis server does not answer ({type(error).__name__}).",
                    remedy="Nothing is called without it. Start it, then run the same command again.",
                ) from None
            if saved:
                state.settled()
                self._states[key] = state
                return result
            await asyncio.sleep(0.001 * min(attempt, 20))
        raise InputOutputError("The budgets' Redis server is too busy.", remedy="Run the same command again later.")

    def last_seen(self, key: str) -> AccountState:
        return self._states.get(key) or AccountState()

    def now(self) -> float:
        """Redis' time at the last reply, plus the time since."""
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
        # the server's wall clock may be set back: our view of it never goes back
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

    async def _write(self, name: str, version: str, state: AccountState, now: float) -> bool:
        state.log.forget(now - state.horizon())
        log = orjson.dumps(state.log.lines())
        arguments: list[bytes | str | int] = [version, orjson.dumps(state.facts), log, KEPT_S, FORMAT]
        return bool(await cast(Awaitable[Any], self._write_back(keys=[name], args=arguments)))
