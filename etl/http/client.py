"""The only way out: budget -> send -> judge -> retry.

Every attempt passes the budget and is counted: etl.http.counted_request. Only redirects that a stream declares are
followed.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import orjson
from yarl import URL

from etl.budget import CallBudget
from etl.clock import Clock
from etl.config.settings import Account
from etl.decode.decompress import KNOWN
from etl.errors import ProtocolBroken, TryLater
from etl.http.answer import Bounds, Incoming, Response, broke_off, whole
from etl.http.connector import session_of, tls_of
from etl.http.counted_request import Calls, Counted, Ready
from etl.http.credential import credential_of
from etl.http.date import parsed_date
from etl.http.judge import Repeatable
from etl.http.retry import RetryPolicy
from etl.http.turn import Turn
from etl.http.without_key import without_key
from etl.systems.declare import ONE, Cost

if TYPE_CHECKING:
    from aiohttp import ClientResponse

__all__ = ["LIMITED_TRIES", "Calls", "Client", "open_client"]

T = TypeVar("T")

CONCURRENCY = 8
LIMITED_TRIES = 8
REDIRECTS = 3


def as_json(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body of JSON, as `Client.exchange` takes it."""
    return {"data": orjson.dumps(body), "headers": {"Content-Type": "application/json; charset=utf-8"}}


class Client:
    """One account's calls. Made by `open_client`."""

    def __init__(
        self,
        account: Account,
        budget: CallBudget,
        session: aiohttp.ClientSession,
        *,
        clock: Clock,
        retry: RetryPolicy,
        rng: random.Random,
    ) -> None:
        self.account = account
        self._credential = credential_of(account, clock, retry)
        self._without_key = without_key(account)
        self.budget = budget
        self.calls = Calls()
        self._told = ""
        self._session = session
        self._clock = clock
        self._retry = retry
        self._rng = rng
        self._gate = asyncio.Semaphore(CONCURRENCY)
        self._base = URL(account.base_url)
        self._at_once = account.declaration.at_once

    @asynccontextmanager
    async def turn(self, *costs: Cost) -> AsyncIterator[Turn]:
        """Reserve calls of these costs at once; pass the turn to each of them. Waits; raises BudgetSpent."""
        turn = Turn(self.budget, costs)
        await turn.begin()
        try:
            yield turn
        finally:
            await turn.end()

    async def ask(
        self,
        path: str,
        parameters: Mapping[str, str],
        read: Callable[[Response], Awaitable[T]],
        *,
        where: str,
        redirects: str | None = None,
        bounds: Bounds | None = None,
        sent: Callable[[], None] | None = None,
        turn: Turn | None = None,
        cost: Cost = ONE,
        search: Mapping[str, Any] | None = None,
    ) -> T:
        """GET a whole answer, again until `read` returns. It raises Repeatable for another try, an EtlError to give up.

        A `search` is a POST of that JSON, which changes nothing and is repeated like a GET.

        `sent` is called for every attempt that goes out; the first attempt uses a slot of `turn`.
        Raises TryLater, BudgetSpent, ProtocolBroken, CredentialsRefused, RemoteRefused.
        """
        bounds = bounds or Bounds()

        async def take(incoming: Incoming) -> T:
            return await read(await whole(incoming, self._clock.now, bounds, where))

        how: dict[str, Any] = {"redirects": redirects, "bounds": bounds, "sent": sent, "turn": turn, "cost": cost}
        return await self.receive(path, parameters, take, where=where, search=search, **how)

    async def receive(
        self,
        path: str,
        parameters: Mapping[str, str],
        take: Callable[[Incoming], Awaitable[T]],
        *,
        where: str,
        redirects: str | None = None,
        bounds: Bounds,
        sent: Callable[[], None] | None = None,
        turn: Turn | None = None,
        cost: Cost = ONE,
        search: Mapping[str, Any] | None = None,
    ) -> T:
        """Like `ask`, but `take` gets the answer while its body is still arriving, anew at each attempt."""
        url = URL(self.account.base_url + path)
        if parameters:
            url = url.update_query(parameters)
        attempt = 0
        while True:
            attempt += 1
            try:
                # a task that holds slots must not wait here for others that wait for slots
                async with self._gate if turn is None else nullcontext():
                    return await self._follow(url, take, where, redirects, bounds, sent, turn, cost, search)
            except Repeatable as fault:
                if turn is not None:
                    await turn.again()
                await self._before_another(attempt, fault)
            self.calls.retried += 1

    async def _before_another(self, attempt: int, fault: Repeatable) -> None:
        """Wait before the next attempt; raise the fault's final error if the attempts are used up."""
        wait_s = self._retry.wait_s(attempt, self._rng) + (fault.retry_after_s or 0.0)
        self.calls.limited += fault.limited
        if attempt >= (LIMITED_TRIES if fault.limited else self._retry.tries):
            if isinstance(fault.final, TryLater):
                fault.final.resume_at = self._clock.now() + timedelta(seconds=max(wait_s, 60.0))
            raise fault.final from None
        if fault.limited or fault.retry_after_s:
            await self.budget.pause(wait_s)
        else:
            await self._clock.sleep(wait_s)

    async def _follow(
        self,
        url: URL,
        take: Callable[[Incoming], Awaitable[T]],
        where: str,
        redirects: str | None,
        bounds: Bounds,
        sent: Callable[[], None] | None,
        turn: Turn | None,
        cost: Cost,
        search: Mapping[str, Any] | None,
    ) -> T:
        for _ in range(REDIRECTS):
            async with self._attempt(url, where, bounds, sent, turn, cost, search) as incoming:
                if not 300 <= incoming.status < 400 or redirects is None:
                    return await take(incoming)
            try:
                url = url.join(URL(incoming.headers.get("Location", "")))
                declared = url.origin() == self._base.origin() and re.fullmatch(redirects, url.path) is not None
            except ValueError:
                declared = False
            if not declared:
                raise ProtocolBroken(
                    f"{where}: the server redirects to a path that its document does not name; not followed."
                )
        raise ProtocolBroken(f"{where}: the server redirects in circles.")

    @asynccontextmanager
    async def _attempt(
        self,
        url: URL,
        where: str,
        bounds: Bounds,
        sent: Callable[[], None] | None,
        turn: Turn | None,
        cost: Cost,
        search: Mapping[str, Any] | None,
    ) -> AsyncIterator[Incoming]:
        async def ready() -> None:
            if sent is not None:
                sent()

        method, body = ("GET", {}) if search is None else ("POST", as_json(search))
        async with self.whole_call() as until:
            try:
                answer = await self.exchange(method, url, bounds, ready, turn=turn, cost=cost, until=until, **body)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise broke_off(error, where) from None
            async with answer:
                encoding = answer.headers.get("Content-Encoding", "").strip().lower() or "identity"
                encoding = {"x-gzip": "gzip"}.get(encoding, encoding)
                if encoding not in KNOWN:
                    raise ProtocolBroken(f"{where}: the answer has a Content-Encoding that was not asked for.")
                yield self.incoming(answer, encoding, bounds, where)

    def whole_call(self) -> AbstractAsyncContextManager[AsyncExitStack | None]:
        """What a call holds until its body has come: its place, where only so many may be under way at once."""
        return nullcontext() if self._at_once is None else AsyncExitStack()

    def incoming(self, answer: ClientResponse, encoding: str, bounds: Bounds, where: str) -> Incoming:
        """An answer as it is read: where the key is sent in the query, it is taken out of it."""
        incoming = Incoming.of(answer, encoding, bounds, where, self._clock)
        return self._without_key(incoming, bounds, where) if self._without_key is not None else incoming

    @property
    def server_date(self) -> datetime | None:
        """The server's time at the last answer that had a Date."""
        return parsed_date(self._told)

    async def exchange(
        self,
        method: str,
        url: URL,
        bounds: Bounds,
        ready: Ready,
        *,
        once: bool = False,
        turn: Turn | None = None,
        cost: Cost = ONE,
        until: AsyncExitStack | None = None,
        **body: Any,
    ) -> ClientResponse:
        """Make one counted request, without redirects. `ready` is awaited when its turn has come, before a byte goes
        out; `once` keeps aiohttp from repeating it by itself; `until` is that of `whole_call`. Raises what aiohttp,
        the budget and `ready` raise."""
        await self._credential.ready()  # a token is fetched before the turn, not in it
        while True:
            counted = Counted(
                self.budget, self.calls, bounds, ready, once, turn, self._credential.sign, cost=cost, until=until
            )
            answer = await self._session.request(
                method, url, allow_redirects=False, proxy=self.account.proxy, middlewares=[counted], **body
            )
            if once or not await self.renewed(answer):
                break
            answer.close()
            if until is not None:
                await until.aclose()  # who holds a place must not wait for another
            if turn is not None:
                await turn.again()
        self._told = answer.headers.get("Date", self._told)
        return answer

    async def renewed(self, answer: ClientResponse) -> bool:
        """Whether an answer refuses an access token that another one has replaced, so that another try may help."""
        return answer.status == 401 and await self._credential.renew(answer.request_info.headers)

    async def close(self) -> None:
        """Wait for a token that is being fetched: nothing of it may get lost."""
        await self._credential.close()


@asynccontextmanager
async def open_client(
    account: Account,
    budget: CallBudget,
    *,
    clock: Clock,
    connector: aiohttp.TCPConnector | None = None,
    retry: RetryPolicy | None = None,
    rng: random.Random | None = None,
    connections: int = CONCURRENCY,
) -> AsyncIterator[Client]:
    """Open a client for one account. A shared `connector` stays open; an account that trusts others gets its own."""
    own = connector is None or account.ca_file is not None or account.trust_env
    if own:
        connector = aiohttp.TCPConnector(limit=connections, ssl=tls_of(account))
    session = session_of(account, connector, owned=own)
    # S311: jitter needs no cryptography
    client = Client(account, budget, session, clock=clock, retry=retry or RetryPolicy(), rng=rng or random.Random())  # noqa: S311
    try:
        yield client
    finally:
        await client.close()
        await session.close()
