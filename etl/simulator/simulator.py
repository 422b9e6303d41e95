"""Serve the simulated APIs on one loopback port, as an asynchronous context manager."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

from aiohttp import web

from etl.simulator.engine.api import Api
from etl.simulator.engine.clock import SimulatorClock
from etl.simulator.engine.faults import FaultPlan
from etl.simulator.engine.journal import WriteJournal
from etl.simulator.engine.limits import Limits
from etl.simulator.engine.server import Server
from etl.simulator.engine.store import RecordStore
from etl.simulator.engine.tenants import Tenants
from etl.simulator.engine.vendor import Vendor
from etl.simulator.options import Faults, Options
from etl.simulator.vendors import vendors

HOST = "127.0.0.1"


class Simulator:
    """A simulator: `Simulator(rows=100, seed=3)` or `Simulator(Options(…))`; tests may pass a clock as `now`. It is of
    all vendors that there are, or of those that are named.

    While it runs: `base_url`; `log`, the writes that took effect; `stats`; and the `stores` by `system.stream`, in
    which a test may change and remove rows without the APIs. `clock` is the server's.
    """

    def __init__(
        self,
        options: Options | None = None,
        *,
        now: Callable[[], float] = time.time,
        only: Sequence[Vendor] | None = None,
        **settings: Any,
    ) -> None:
        if options is not None and settings:
            raise ValueError("Give a simulator either Options or settings by name, not both.")
        self.options = options or Options(**settings)
        self.clock = SimulatorClock(now, self.options.clock_offset_s)
        self._journal = WriteJournal(self.options.minute_seconds)
        self._vendors = [*vendors().values()] if only is None else only
        self._tenants = Tenants(self._vendors, self.options, self.clock, self._journal)
        self._server = self._build()
        self._runner: web.ServerRunner | None = None
        self.base_url = ""

    def _build(self) -> Server:
        options = self.options
        return Server(
            tenants=self._tenants,
            limits=self._limits(),
            plan=FaultPlan(options.faults),
            journal=self._journal,
            clock=self.clock,
            latency_s=options.latency_s,
        )

    @property
    def stores(self) -> Mapping[str, RecordStore]:
        """Return the stores by `system.stream`; with tenants use `stores_of`."""
        return self._tenants.of().stores

    def stores_of(self, who: str) -> Mapping[str, RecordStore]:
        """Return the stores of a tenant, by its user or key."""
        return self._tenants.of(who).stores

    def api(self, system: str, who: str = "") -> Api:
        """Return a tenant's API of that system."""
        path = next(vendor.path for vendor in self._vendors if vendor.system == system)
        return self._tenants.of(who).apis[path]

    def _limits(self) -> dict[str, Limits]:
        options, started = self.options, self.clock.now()
        limits = {}
        for vendor in self._vendors:
            per_minute, per_day = vendor.limits(options)
            limits[vendor.system] = Limits(
                per_minute=per_minute,
                per_day=per_day,
                windows=vendor.windows(options),
                tell=vendor.limit_headers,
                at_once=vendor.at_once,
                weigh=vendor.weigh,
                minute_s=options.minute_seconds,
                day_s=options.day_seconds,
                headers=vendor.sends_limit_headers,
                started=started,
            )
        return limits

    @property
    def log(self) -> list[dict[str, Any]]:
        return [entry.as_dict() for entry in self._journal.entries]

    @property
    def stats(self) -> dict[str, Any]:
        return self._journal.stats()

    def set_faults(self, faults: Faults | FaultPlan) -> None:
        """Set new rules from the next request on, with their counts at zero; None for no faults.

        A custom plan decides by its `strike`, which is called for every request.
        """
        self._server.plan = faults if isinstance(faults, FaultPlan) else FaultPlan(faults)

    async def __aenter__(self) -> Simulator:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        server = web.Server(self._server.handle, access_log=None)
        runner = web.ServerRunner(server, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, HOST, self.options.port)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self.base_url = f"http://{HOST}:{runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Finish requests in progress, for half a second, and all late commits, however late they are."""
        if self._runner is not None:
            await self._runner.cleanup()
            await self._server.close()
            self._runner = None
