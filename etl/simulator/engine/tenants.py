"""Open the shops that one host serves: one for all callers, or one for each user or key, as vendors' hosts do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from etl.simulator.engine.api import Api, WriteRecorder
from etl.simulator.engine.call import Credential
from etl.simulator.engine.clock import SimulatorClock
from etl.simulator.engine.journal import WriteJournal
from etl.simulator.engine.store import RecordStore
from etl.simulator.engine.vendor import Vendor
from etl.simulator.options import Options


@dataclass(frozen=True, slots=True)
class Tenant:
    """One shop: its `apis` by the start of their paths, its `stores` by `system.stream`."""

    apis: Mapping[str, Api]
    stores: Mapping[str, RecordStore]


class Tenants:
    """The tenants of a host, each opened on first use, all from the same seed."""

    def __init__(
        self, vendors: Sequence[Vendor], options: Options, clock: SimulatorClock, journal: WriteJournal
    ) -> None:
        self._vendors, self._options, self._clock, self._journal = vendors, options, clock, journal
        stores = [f"{vendor.system}.{stream}" for vendor in vendors for stream in vendor.streams]
        unknown = set(options.respell) - set(stores)
        if unknown:
            raise ValueError(f"respell names {', '.join(sorted(unknown))}; there is {', '.join(stores)}.")
        self.callers = {vendor.path: vendor.caller for vendor in vendors}
        anonymous = self._open_tenant("")
        self.apis: Mapping[str, Api] = anonymous.apis  # they refuse callers before their tenant is known
        self._open: dict[str, Tenant] = {} if options.tenants else {"": anonymous}

    def of(self, who: str = "") -> Tenant:
        """Return the tenant of a user or a key; empty for the one that all callers share."""
        if bool(who) != self._options.tenants:
            raise ValueError("Name a user or a key where there are tenants, and none where there are not.")
        if who not in self._open:
            self._open[who] = self._open_tenant(who)
        return self._open[who]

    def of_caller(self, caller: Credential) -> Tenant:
        return self.of((caller.name or caller.secret) if self._options.tenants else "")

    def _open_tenant(self, who: str) -> Tenant:
        apis: dict[str, Api] = {}
        stores: dict[str, RecordStore] = {}
        for vendor in self._vendors:
            shop = vendor.open(self._options, WriteRecorder(vendor.system, self._clock, self._journal, who))
            apis[vendor.path] = shop.api
            stores |= {f"{vendor.system}.{stream}": store for stream, store in shop.stores.items()}
        return Tenant(apis, stores)
