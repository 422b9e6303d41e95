"""A place to try one promise in: a folder, a clock, a server and an account, of which nothing is the user's."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from etl.clock import Clock
from etl.config.settings import Account, Settings
from etl.conformance.clock import QuickClock
from etl.library.accounts import with_account
from etl.push.input.rows import read_input
from etl.push.push import Setting, held
from etl.push.push import push as send
from etl.push.push_order import Mode, Order, destination_of
from etl.push.report import PushReport
from etl.push.undo import undo
from etl.push.verify import Verified, verify
from etl.runs.export import export
from etl.runs.export_order import ExportOrder
from etl.runs.replay import replay
from etl.runs.report import TablesReport
from etl.runs.workspace import select
from etl.scrub import know_names
from etl.simulator import Simulator
from etl.simulator.declared.api import DeclaredApi
from etl.simulator.declared.auth import WRONG, token_path
from etl.simulator.declared.vendor import vendor_of
from etl.simulator.engine.store import RecordStore
from etl.simulator.engine.vendor import Vendor
from etl.systems import SYSTEMS
from etl.systems.declare import HeaderKey, QueryKey, System, Target
from etl.systems.declare.credentials import KEYS, keys_of

ACCOUNT = "shop"
KEY = "s3cr3t-of-this-trial"
DEFAULTS = {"payment_term_days": 14, "supplier_id": 1, "product_group_id": 1}
"""What targets require of every row, and no table says."""
OPTION = "1"
LONGEST_WAIT_S = 90 * 86_400
PAGE = 10
"""How many rows a page has that nobody asks to have another number."""


class Logged(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@dataclass
class Place:
    """Where a promise is tried."""

    folder: Path
    settings: Settings
    simulator: Simulator
    system: System
    clock: Clock
    logged: Logged

    @property
    def account(self) -> Account:
        return self.settings.accounts[ACCOUNT]

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def api(self) -> DeclaredApi:
        """The API that follows from the declaration, where that is the one that is tried."""
        found = self.simulator.api(self.system.id)
        assert isinstance(found, DeclaredApi)
        return found

    def store(self, stream: str) -> RecordStore:
        return self.simulator.stores[f"{self.system.id}.{stream}"]

    async def export(self, stream: str, *, since: str | None = None) -> TablesReport:
        order = ExportOrder(select(self.settings, [f"{ACCOUNT}.{stream}"]), self.out, since=since)
        return await export(self.settings, order, wait=True, clock=self.clock)

    async def replay(self, stream: str, out: Path) -> TablesReport:
        order = ExportOrder(select(self.settings, [f"{ACCOUNT}.{stream}"]), out)
        return await replay(self.settings, order, clock=self.clock)

    async def push(self, target: str, file: Path, *, mode: Mode = "create") -> PushReport:
        order = Order([file], self.out, mode, ignore=("*",))
        with self._target(target) as setting:
            return await send(setting, order, read_input(order, setting.destination))

    async def undo(self, target: str, run_id: str) -> PushReport:
        with self._target(target) as setting:
            return await undo(setting, run_id)

    async def verify(self, target: str, run_id: str) -> Verified:
        with self._target(target) as setting:
            return await verify(setting, run_id)

    @contextmanager
    def _target(self, target: str) -> Iterator[Setting]:
        destination = destination_of(self.settings, f"{ACCOUNT}.{target}")
        with held(self.settings, destination):
            yield Setting(self.settings, destination, self.out, wait=True, clock=self.clock)


@asynccontextmanager
async def place(
    system: System,
    targets: Sequence[Target] = (),
    *,
    rows: int,
    secret: str = KEY,
    vendor: Vendor | None = None,
    page: int = PAGE,
) -> AsyncIterator[Place]:
    """Open a place with so many records in each list. `vendor` imitates the API by hand, else what follows from the
    declaration does."""
    know_names([WRONG])  # the secret that every server here refuses: what is told has that word
    system = _here(system, targets, vendor)
    clock = QuickClock()
    simulator = Simulator(
        rows=rows,
        page_size=page,
        now=lambda: clock.now().timestamp(),
        only=[vendor or vendor_of(system, targets)],
    )
    with tempfile.TemporaryDirectory(prefix="etl-conformance-") as folder, _alone(Path(folder), system) as logged:
        async with simulator:
            own = {} if vendor is None else {name: vendor.account[name] for name in KEYS if name in vendor.account}
            keys = {"base_url": simulator.base_url, **credentials(system, secret), **own}
            more: dict[str, Any] = {"max_wait_s": LONGEST_WAIT_S, "defaults": DEFAULTS, "country": "NL"}
            settings = with_account(
                None, ACCOUNT, {"system": system.id, **keys, **more}, state_dir=Path(folder) / ".etl"
            )
            yield Place(Path(folder), settings, simulator, system, clock, logged)


def credentials(system: System, secret: str) -> dict[str, str]:
    """Return the keys of etl.toml for the first way in which a system takes credentials."""
    known = {"username": "shop", "client_id": "shop", "refresh_token": f"{KEY}-refresh"}
    return {name: known.get(name, secret) for name in keys_of(system.auth[0])}


def _here(system: System, targets: Sequence[Target], vendor: Vendor | None) -> System:
    """Return the system with its tokens from its own host: nothing of a trial leaves this machine. Options that paths
    are made of, and that have no default, have a value."""
    kinds = [
        kind if isinstance(kind, str | HeaderKey | QueryKey) else replace(kind, token_url=token_path(system, kind))
        for kind in system.auth
    ]
    streams = [path for stream in system.streams for path in (stream.path, stream.get, stream.find or "")]
    calls = [call for one in targets for call in (one.create, one.update, one.delete) if call is not None]
    paths = [*streams, *(call.path for call in calls)]
    said = vendor.account if vendor is not None else {}
    options = {
        name: said.get(name) or (OPTION if usual == "" and any(f"{{{name}}}" in one for one in paths) else usual)
        for name, usual in system.options.items()
    }
    return replace(system, auth=tuple(kinds), options=options)


@contextmanager
def _alone(folder: Path, system: System) -> Iterator[Logged]:
    """Let a declaration stand in for the system of its name, and a folder for the user's own. Keeps what is logged."""
    log, logged, known = logging.getLogger("etl"), Logged(), SYSTEMS.loaded.get(system.id)
    before, own = (log.handlers, log.level, log.propagate), os.environ.get("XDG_STATE_HOME")
    SYSTEMS.loaded[system.id] = system
    os.environ["XDG_STATE_HOME"] = str(folder / "own")
    log.handlers, log.propagate = [logged], False
    log.setLevel(logging.INFO)
    try:
        yield logged
    finally:
        log.handlers, log.propagate = before[0], before[2]
        log.setLevel(before[1])
        if own is None:
            del os.environ["XDG_STATE_HOME"]
        else:
            os.environ["XDG_STATE_HOME"] = own
        if known is None:
            del SYSTEMS.loaded[system.id]
        else:
            SYSTEMS.loaded[system.id] = known
