"""Keep budgets in Redis, for several machines that share a credential. Needs the extra `[redis]`.

A budget is one hash with version, facts and log. It is read whole and written back by a script, only if the version is
still the one that was read; else the change is applied again to the newer state. Time is the Redis server's, so that
machines agree on it. The library `limits` has no window whose slots are held while a call is under way (its sliding
window counts from the sending, and would let calls through that the server counts later): hence this script.

Whether a process on another machine died cannot be seen: its calls count for as long as a call may take, plus a window.
The server must not lose data: `maxmemory-policy noeviction`, and persistence switched on. One that did is noticed by a
mark (etl.budget.redis_mark). One that does not answer for a moment is asked again.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, cast

import orjson
import redis.asyncio
from pydantic import ValidationError
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ConnectionError,
    ReadOnlyError,
    RedisError,
    TimeoutError,
    TryAgainError,
)

from etl.budget.account_state import FACTS, LONGEST_PAUSE_S, AccountState, CallEntry
from etl.budget.monotonic import ticks
from etl.budget.redis_mark import DAY_S, MARK, Remembered, forgot
from etl.budget.store import Act, T
from etl.clock import Clock
from etl.errors import CannotCreate, ConfigurationError, InputOutputError, TryLater

FORMAT = 1
TRIES = 500
KEPT_S = int(LONGEST_PAUSE_S) + 86400
BLIPS = (ConnectionError, TimeoutError, OSError, ReadOnlyError, TryAgainError)
"""What passes by itself: a connection that was reset, a server that starts (LOADING) or changes its master."""
PAUSES_S = (0.05, 0.2, 0.5, 1.0, 2.0, 4.0)
"""How long to wait before each further try."""
TIMEOUT_S = 5

WRITE_BACK = """
if redis.call('HGET', KEYS[2], 'id') ~= ARGV[6] then return 0 end
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if version ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'format', ARGV[5], 'version', ARGV[8], 'facts', ARGV[2], 'log', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('HSET', KEYS[2], KEYS[1], ARGV[7])
return 1
"""


class RedisStore:
    """A store at a `url` as redis-py takes it: redis://, rediss:// or unix://. The folder `beside` holds what this user
    knows of the server."""

    def __init__(self, url: str, clock: Clock, beside: Path) -> None:
        self.session = secrets.token_hex(8)
        self._clock = clock
        self._ticks = ticks(clock)
        self._offset: float | None = None
        self._states: dict[str, AccountState] = {}
        self._known = Remembered.of(beside, url)
        try:
            self._redis = redis.asyncio.Redis.from_url(
                url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 0)
            )
        except ValueError:
            raise ConfigurationError(
                "[state] budgets is not the address of a Redis server.", remedy="One is redis://127.0.0.1:6379/0."
            ) from None
        self._write_back = self._redis.register_script(WRITE_BACK)

    async def change(self, key: str, act: Act[T]) -> T:
        for pause_s in (*PAUSES_S, None):
            try:
                return await self._change(key, act)
            except (AuthenticationError, AuthorizationError):
                raise ConfigurationError(
                    "The budgets' Redis server does not accept the user or password in [state] budgets.",
                    remedy="Nothing is called without it.",
                ) from None
            except BLIPS as error:
                if pause_s is None:
                    raise TryLater(
                        f"The budgets' Redis server does not answer, after {len(PAUSES_S) + 1} tries "
                        f"({type(error).__name__}).",
                        remedy="Nothing is called without it. Start it, then run the same command again.",
                    ) from None
                await self._clock.sleep(pause_s)
            except RedisError as error:
                raise InputOutputError(
                    f"The budgets' Redis server refuses what it is asked ({type(error).__name__}).",
                    remedy="Nothing is called without it. Is it full, or too old? Then run the same command again.",
                ) from None
        raise AssertionError  # the last try returned or raised

    async def _change(self, key: str, act: Act[T]) -> T:
        name = f"contact-etl:budget:{key}"
        for attempt in range(TRIES):
            read = await self._read(name)
            if read is not None:
                version, state, now = read
                result = act(state, now)
                if not state.dirty or await self._write(name, version, state, now):
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
        if self._known.mark is not None:
            with contextlib.suppress(CannotCreate, InputOutputError):  # the mark is kept already
                self._known.keep()
        await self._redis.aclose()

    async def _read(self, name: str) -> tuple[str, AccountState, float] | None:
        """The version and state of a budget, and the time; None where the server got its mark just now."""
        seen = self._known.budgets.get(name, (0, 0.0))  # before it is read: another task may write meanwhile
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.time()
            pipe.hmget(name, ["format", "version", "facts", "log"])
            pipe.hmget(MARK, ["id", "forgot", name])
            (seconds, micros), (form, version, facts, log), (mark, forgot_at, written_at) = await pipe.execute()
        now = seconds + micros / 1e6
        # the server's wall clock may be set back: our view of it never goes back
        self._offset = max(now - self._ticks(), self._offset if self._offset is not None else now - self._ticks())
        now = self.now()
        if mark is None:
            await cast(Awaitable[Any], self._redis.hsetnx(MARK, "id", secrets.token_hex(8)))
            return None
        await self._must_remember(mark.decode(), float(forgot_at or 0), now)
        await self._must_have(name, int(version or 0), float(written_at or 0), now, *seen)
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
                remedy="It held the calls of today, so nothing is called without it. Delete that key: 25 hours after "
                "it was last written a new one starts counting at 0.",
            ) from None

    async def _must_remember(self, mark: str, forgot_at: float, now: float) -> None:
        """Raise ConfigurationError if the server forgot everything less than a day ago, or is seen to have."""
        if self._known.mark not in (None, mark) or forgot_at > now:  # a clock that is right by now was ahead
            forgot_at = now
            await cast(Awaitable[Any], self._redis.hset(MARK, "forgot", str(now)))
        if self._known.mark != mark:
            self._known.mark, self._known.budgets = mark, {}
            self._known.keep()
        if now < forgot_at + DAY_S:
            raise forgot(forgot_at + DAY_S)

    async def _must_have(
        self, name: str, version: int, written_at: float, now: float, seen: int, seen_at: float
    ) -> None:
        """Raise ConfigurationError if a budget was lost, or is older than it was, and may still have counted today."""
        if written_at > now:  # as above
            written_at = now
            await cast(Awaitable[Any], self._redis.hset(MARK, name, str(now)))
        seen_at = min(seen_at, now)
        if version < seen and now < seen_at + KEPT_S:
            written_at = written_at or seen_at  # an older release does not say when it wrote
            if version:
                written_at = now
                await cast(Awaitable[Any], self._redis.hset(MARK, name, str(now)))
                await cast(Awaitable[Any], self._redis.delete(name))
                version = 0
        if not version and now < written_at + DAY_S:
            raise forgot(written_at + DAY_S)
        newest = self._known.budgets.get(name, (0, 0.0))
        self._known.budgets[name] = max(newest, (version, now)) if version else (version, now)

    async def _write(self, name: str, version: str, state: AccountState, now: float) -> bool:
        state.forget(now)
        log = orjson.dumps(state.log.lines())
        facts, mark = orjson.dumps(state.facts), str(self._known.mark)
        # one that begins anew has a higher version than any before it had
        following = int(version) + 1 if version != "0" else int(now * 1000)
        arguments: list[bytes | str | int] = [version, facts, log, KEPT_S, FORMAT, mark, str(now), following]
        written = bool(await cast(Awaitable[Any], self._write_back(keys=[name, MARK], args=arguments)))
        if written:
            self._known.budgets[name] = (following, now)
        return written
