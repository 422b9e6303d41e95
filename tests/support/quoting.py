"""A shop that tells everything to whoever asks: in front of a simulator, errors and headers quote what was sent.

It lives in a thread of its own, as `scripted.Server` does.
"""

from __future__ import annotations

import asyncio
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

import aiohttp
from aiohttp import web

from etl.simulator import Simulator

LOOKS_LIKE_ONE = ("email", "phone", "postcode")
"""What looks like a person's, whether or not it was sent."""
PASSED_ON = ("Authorization", "Content-Type")


@dataclass
class QuotingShop:
    """`with QuotingShop(person) as shop`: calls go to the simulator, except as `refuse` says: a list by method of what
    the next calls are answered with, a status, or None for the simulator; the last one stays. `odd` sets one record of
    each list apart. `holding` is set while a call waits for `held`."""

    person: Mapping[str, str]
    refuse: dict[str, list[int | None]] = field(default_factory=dict)
    odd: bool = False
    held: threading.Event | None = None
    holding: threading.Event = field(default_factory=threading.Event)
    calls: int = 0
    base_url: str = ""

    def __enter__(self) -> QuotingShop:
        self._loop, self._ready = asyncio.new_event_loop(), threading.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        self._loop.close()

    async def _run(self) -> None:
        self._stop = asyncio.Event()
        simulator = Simulator(rows=3, products=1, per_minute=None, per_day=None)
        async with simulator, aiohttp.ClientSession() as session:
            self._session, self._behind = session, simulator.base_url
            runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.5)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            self._ready.set()
            await self._stop.wait()
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        self.calls += 1
        if self.held is not None:
            self.holding.set()
            await asyncio.to_thread(self.held.wait, 60)
        left = self.refuse.get(request.method, [None])
        status = left.pop(0) if len(left) > 1 else left[0]
        sent = request.headers.get("Authorization", "")
        if status is not None:
            message = self._gossip(sent, body.decode("utf-8", "replace"), self.calls)
            told = json.dumps({"error": True, "error_message": message, "message": message}).encode()
            return web.Response(body=told, status=status, reason="Very wrong", headers=self._headers(sent, status))
        passed = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        async with self._session.request(
            request.method, self._behind + request.path_qs, data=body, headers=passed, allow_redirects=False
        ) as answer:
            found, headers = await answer.read(), self._headers(sent, answer.status)
            headers |= {name: answer.headers[name] for name in ("Content-Type", "Location") if name in answer.headers}
            return web.Response(body=self._odd(found), status=answer.status, headers=headers)

    def _odd(self, found: bytes) -> bytes:
        page = json.loads(found) if self.odd and found else None
        if not isinstance(page, dict) or not page.get("customers"):
            return found
        page["customers"][-1]["name"] = dict(self.person)
        return json.dumps(page).encode()

    def _gossip(self, sent: str, body: str, turn: int) -> str:
        """All that an error could quote, what comes first being another each time."""
        credential = sent.partition(" ")[2]
        try:
            user, _, password = b64decode(credential, validate=True).decode().partition(":")
        except ValueError:
            user, password = "nobody", credential
        known = [value for name, value in self.person.items() if value in body or name in LOOKS_LIKE_ONE]
        quoted = [
            f"call with {sent}",
            f"user {user} and {password} do not fit",
            f"at /?u={quote(user)}&p={quote(password, safe='')} or {quote_plus(password)}",
            f"in JSON {json.dumps({'p': password})}",
            f"of {b64encode(f'x:{user}:{password}'.encode()).decode()}",
            "about " + ", ".join(known),
            f"for {body}",
        ]
        turned = quoted[turn % len(quoted) :] + quoted[: turn % len(quoted)]
        return " and ".join(turned)

    def _headers(self, sent: str, status: int) -> dict[str, str]:
        person = quote(" ".join(self.person.values()))
        return {
            "X-Request-Authorization": sent,
            "X-Customer": person,
            "Set-Cookie": f"session={quote(sent)}; name={person}",
            "Content-Disposition": f'attachment; filename="{person} {quote(sent, safe="")}.json"',
            "X-RateLimit-Minutely-Limit": f"{sent} {person}",
            "X-RateLimit-Daily-Reset": f"{sent} {person}",
            **({"WWW-Authenticate": f"Basic realm={sent}"} if status == 401 else {}),
        }
