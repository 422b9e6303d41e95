"""Replay: rebuild the tables from landed pages, without a call to any API."""

from __future__ import annotations

import asyncio

import polars as pl

from etl.clock import Clock, SystemClock
from etl.config.identity import is_known
from etl.config.settings import Account, Settings
from etl.errors import UsageError
from etl.person.sweep import sweep
from etl.runs.concurrency import to_its_end
from etl.runs.export_order import ExportOrder
from etl.runs.lifecycle import Lifecycle
from etl.runs.report import TablesReport
from etl.runs.retention import forget_runs
from etl.runs.stop import Stop
from etl.runs.tenant import landed_tenant, tenant_of
from etl.runs.unreadable import check_replayed
from etl.runs.workspace import StateFolder, open_state
from etl.state.lock import hold
from etl.systems.declare import Stream
from etl.tables import Build, Built, Plan, rebuild
from etl.tables.fingerprints import stored


async def replay(
    settings: Settings, order: ExportOrder, *, clock: Clock | None = None, stop: Stop | None = None
) -> TablesReport:
    """Rebuild the tables stream by stream. An error of one goes into its report; the others continue.

    Raises CannotCreate and ConfigurationError, and Stopped with the report if the task is cancelled: the current stream
    is finished first.
    """
    clock = clock or SystemClock()
    life = Lifecycle(order.out, clock=clock, stop=stop or Stop())
    with open_state(settings) as state:
        report = order.report("replay", life.begin(state.journal, "replay", order.arguments))

        async def work() -> None:
            for entry, (account, stream) in zip(report.streams, order.selected, strict=True):
                await to_its_end(entry.record(asyncio.to_thread(_locked, state, account, stream, order)))

        return await life.live(report, work, retain=lambda: forget_runs(settings, state, clock.now()))


def _locked(state: StateFolder, account: Account, stream: Stream, order: ExportOrder) -> Built:
    """Rebuild it while no other run writes its tables. Raises TryLater where one does."""
    with hold(state.folder / "locks", [f"{account.name}.{stream.name}"]):
        state.landing.sweep(account.name, stream.name)
        return _rebuilt(state, account, stream, order)


def _rebuilt(state: StateFolder, account: Account, stream: Stream, order: ExportOrder) -> Built:
    known = is_known(account)
    tenant = tenant_of(state, account, [stream.name]) if known else landed_tenant(state.tenants, account, stream)
    extractions = state.journal.latest_complete(account.name, stream.name, tenant=tenant)
    if not extractions:
        raise _nothing(state, account, stream)
    for extraction in extractions:
        sweep(
            state.folder,
            state.journal.pages(extraction.id),
            account=account,
            stream=stream,
            tenant=tenant,
            names=state.tenants.names(account.name, tenant),
            journal=state.erasure,
            landing=state.landing,
            alone=False,
        )
    plan = Plan(
        account=account,
        stream=stream,
        out=order.out,
        forms=order.forms,
        landing=state.landing,
        pseudonyms=order.pseudonyms,
    )
    rounds = [state.journal.pages(extraction.id) for extraction in extractions]
    before = stored(state.fingerprints(plan.name), extractions[-1].id)
    rows = before.select(pl.len()).collect().item() if before is not None else None

    def check(build: Build) -> None:
        check_replayed(plan, build, rows, accept=order.accept_rejects)

    return rebuild(plan, rounds, state.vanished.of(account.name, stream.name, tenant), check=check)


def _nothing(state: StateFolder, account: Account, stream: Stream) -> UsageError:
    name, remedy = f"{account.name}.{stream.name}", "Run etl export first."
    if state.tenants.newest_complete(account.name, stream.name):
        return UsageError(
            f"{name}: nothing complete has landed of the shop that this credential and address belong to; what landed "
            "of another under this name is kept.",
            remedy=f"{remedy} If it is the same shop: etl accounts same {account.name}.",
        )
    return UsageError(f"{name}: nothing complete has landed yet.", remedy=remedy)
