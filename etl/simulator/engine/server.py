"""Handle each request of the simulator.

    arrival time -> which API -> credential -> limits -> fault rules -> the API itself -> sent, whole or damaged

Credential and limits refuse in the API's own form. A fault may replace the API, follow it, or delay it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace

import orjson
from aiohttp import web

from etl.simulator.engine.answer import Answer, RefusedRequest
from etl.simulator.engine.api import Api
from etl.simulator.engine.bodies import Bodies
from etl.simulator.engine.call import Credential, IncomingCall
from etl.simulator.engine.clock import SimulatorClock
from etl.simulator.engine.false_answers import invent, without_ids
from etl.simulator.engine.faults import Action, FaultPlan
from etl.simulator.engine.journal import WriteJournal
from etl.simulator.engine.limits import Limits, LimitVerdict
from etl.simulator.engine.sending import drop, send
from etl.simulator.engine.tenants import Tenants

logger = logging.getLogger(__name__)


class Server:
    def __init__(
        self,
        *,
        tenants: Tenants,
        limits: Mapping[str, Limits],
        plan: FaultPlan,
        journal: WriteJournal,
        clock: SimulatorClock,
        latency_s: float,
    ) -> None:
        self._tenants, self._limits, self.plan = tenants, limits, plan
        self._journal, self._clock, self._latency_s = journal, clock, latency_s
        self._bodies = Bodies()
        self._late: set[asyncio.Task[Answer]] = set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        arrived = self._clock.now()
        if request.path.startswith("/__simulator/"):
            return self._inside(request.path)
        start = next((start for start in self._tenants.apis if _under(request.path, start)), None)
        if start is None:
            return web.Response(status=404, text="No API lives here.\n", headers=self._headers())
        api = self._tenants.apis[start]
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return await self._send(
                request, api, api.refuse(RefusedRequest(413, "Request entity too large.")), {}, None
            )
        except ConnectionError:
            return drop(request)  # the caller left before it had sent everything
        return await self._serve(request, start, body, arrived)

    async def close(self) -> None:
        """Carry out all pending late commits: a server that is asked to stop finishes its work."""
        if self._late:
            await asyncio.gather(*self._late, return_exceptions=True)

    async def _serve(self, request: web.BaseRequest, start: str, body: bytes, arrived: float) -> web.StreamResponse:
        api = self._tenants.apis[start]
        who = self._tenants.callers[start](request.path, request.headers, request.query)
        counters = self._journal.of(api.system)
        self._journal.arrive(api.system, who.label if who else "", arrived)
        call = IncomingCall(request.method, request.path, request.query, body, request.content_type, who, arrived)
        refusal = _credential_refusal(api, call, who)
        if refusal is not None:
            counters.unauthorised += 1
            return await self._send(request, api, api.refuse(refusal), {}, None)
        assert who is not None
        api = self._tenants.of_caller(who).apis[start]
        limits, caller = self._limits[api.system], f"{who.scheme}:{who.name}:{who.secret}"
        verdict = limits.admit(caller, arrived, request.method, request.path)
        if not verdict.allowed:
            counters.over_limit += 1
            late = RefusedRequest(429, "Too many requests.", {"Retry-After": str(verdict.retry_after_s)})
            return await self._send(request, api, api.refuse(late), verdict.headers, None)
        try:
            return await self._admitted(request, api, call, verdict)
        finally:
            limits.leave(caller)

    async def _admitted(
        self, request: web.BaseRequest, api: Api, call: IncomingCall, verdict: LimitVerdict
    ) -> web.StreamResponse:
        action = self.plan.strike(request.method, request.path_qs)
        await asyncio.sleep(self._latency_s + (action.delay_s if action else 0.0))
        if action is None:
            return await self._send(request, api, self._carry_out(api, call), verdict.headers, None)
        self._journal.of(api.system).faulted += 1
        return await self._apply_fault(request, api, call, verdict.headers, action)

    async def _apply_fault(
        self, request: web.BaseRequest, api: Api, call: IncomingCall, headers: dict[str, str], action: Action
    ) -> web.StreamResponse:
        call = replace(call, lag_s=action.find_lag_s)
        dropped = action.drop_before or action.drop_after
        invented = invent(api, call, action) if action.invents else None
        answered = "dropped" if dropped else str(invented.status) if invented else ""
        answered = answered or ("spoilt" if action.spoils else "")
        answer = await self._commit(api, call, action, answered) if action.commits else None
        if dropped:
            return drop(request)
        answer = invented or answer or invent(api, call, Action(status=500))
        answer = without_ids(api, answer) if action.no_id else answer
        return await self._send(request, api, answer, headers, action)

    async def _commit(self, api: Api, call: IncomingCall, action: Action, answered: str) -> Answer | None:
        """Carry the request out, now or later. If the caller gets another answer, a late one is not awaited."""
        if not action.late_commit_s:
            return self._carry_out(api, call, answered)
        task = asyncio.create_task(self._carry_out_late(api, call, action.late_commit_s, answered))
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return await asyncio.shield(task) if answered in {"", "spoilt"} else None

    async def _carry_out_late(self, api: Api, call: IncomingCall, wait_s: float, answered: str) -> Answer:
        await asyncio.sleep(wait_s)
        return self._carry_out(api, call, answered)

    def _carry_out(self, api: Api, call: IncomingCall, answered: str = "") -> Answer:
        entries = self._journal.entries
        before = len(entries)
        try:
            answer = api.answer(call)
        except RefusedRequest as refusal:
            answer = api.refuse(refusal)
        except Exception:
            logger.exception("The simulator itself failed at %s %s.", call.method, call.path)
            answer = api.refuse(RefusedRequest(500, "The simulator itself failed: the mistake is not yours."))
        for entry in entries[before:]:
            entry.answered = answered or str(answer.status)
        return answer

    async def _send(
        self, request: web.BaseRequest, api: Api, answer: Answer, headers: dict[str, str], action: Action | None
    ) -> web.StreamResponse:
        counters = self._journal.of(api.system)
        counters.statuses[str(answer.status)] += 1
        counters.operations[request.method] += 1
        if answer.key is not None:
            answer = replace(answer, key=(id(api), answer.key))  # two shops' lists may have the same version
        response = await send(request, answer, headers | self._headers(), self._bodies, action)
        whole = response.body if isinstance(response, web.Response) else None
        counters.body_bytes += len(whole) if isinstance(whole, bytes) else response.body_length
        return response

    def _headers(self) -> dict[str, str]:
        return {"Date": self._clock.http_date()}

    def _inside(self, path: str) -> web.Response:
        if path == "/__simulator/log":
            value: object = [entry.as_dict() for entry in self._journal.entries]
        elif path == "/__simulator/stats":
            value = self._journal.stats()
        else:
            return web.Response(status=404, text="There is /__simulator/log and /__simulator/stats.\n")
        return web.Response(body=orjson.dumps(value), content_type="application/json")


def _under(path: str, start: str) -> bool:
    return path.startswith(start) and path[len(start) : len(start) + 1] in {"", "/", "."}


def _credential_refusal(api: Api, call: IncomingCall, who: Credential | None) -> RefusedRequest | None:
    if who is None or who.scheme not in api.schemes or who.secret == "wrong":  # noqa: S105 - no secret, a convention
        challenge = ", ".join(f'{scheme.capitalize()} realm="{api.system}"' for scheme in api.schemes)
        return RefusedRequest(401, "Authentication is required.", {"WWW-Authenticate": challenge})
    if who.secret == "forbidden" or (who.secret == "readonly" and call.writes):  # noqa: S105 - the same
        return RefusedRequest(403, "You have no right to do this.")
    return None
