"""Plan how many calls a job needs, and when it would be done under the budgets, before any is spent.

An export needs as many calls as its last complete extraction had pages, less those that an unfinished one has landed;
a push one for each row. What cannot be known beforehand is reported as unknown, not guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from etl.budget import Forecast, Snapshot, forecast, quotas
from etl.clock import Clock, SystemClock
from etl.config.settings import Account, Settings
from etl.extract.pages import taken_apart
from etl.http.answer import Response
from etl.http.client import Client
from etl.paginate import PlainPage, WalkStart, pager_for
from etl.paginate.check import ListCheck
from etl.paginate.landed import look_backs
from etl.paginate.pager import InvalidPaging
from etl.paginate.request import asked, first_parameters, path_of
from etl.paginate.told import pages_told
from etl.plan.rehearse import Rehearsal, rehearse
from etl.push.input.rows import Input
from etl.push.migrate import source_of
from etl.push.ownership.open_ledger import ledger_of
from etl.push.prepare.call_count import calls_of, estimate_calls
from etl.push.push_order import destination_of
from etl.runs.tenant import landed_tenant
from etl.runs.workspace import Selected, StateFolder, open_clients, open_state
from etl.systems.declare import IdAfter, LimitOffset, NextOffset, Paging, Stream, WholeList


@dataclass(frozen=True)
class Need:
    """The calls that one stream needs, None if still unknown, and the basis of that number. `endpoint` is where they
    go, if that has limits of its own."""

    name: str
    calls: int | None
    basis: str
    endpoint: str = ""


@dataclass(frozen=True)
class AccountPlan:
    """One account's part of a job. Without a forecast its number of calls is unknown."""

    account: str
    needs: list[Need]
    budget: str
    forecast: Forecast | None
    rehearsal: Rehearsal | None = None

    @property
    def calls(self) -> int | None:
        known = [need.calls for need in self.needs]
        return None if None in known else sum(calls for calls in known if calls is not None)


@dataclass
class PlanRequest:
    """What to plan: the accounts' streams to read, and the calls to write to one of them."""

    reads: Sequence[Selected] = ()
    writes: list[tuple[Account, Need]] = field(default_factory=list)
    since: str | None = None
    calls: int | None = None

    @property
    def accounts(self) -> list[Account]:
        chosen = {account.name: account for account, _ in self.reads}
        return list((chosen | {account.name: account for account, _ in self.writes}).values())


def push_job(settings: Settings, given: Input) -> PlanRequest:
    """Plan the calls for the rows, by what the ledger knows of them. A dry run gives the exact number: it reads the
    target too. Look-ups after an unknown outcome are not included."""
    destination = given.destination
    files = ", ".join(file.name for file in given.order.files)
    with (
        open_state(settings) as state,
        ledger_of(settings, state, destination.key, now=SystemClock().now(), touch=False) as ledger,
    ):
        need = estimate_calls(ledger, given)
    return PlanRequest(writes=[(destination.account, Need(destination.name, need.calls, f"{need.basis} of {files}"))])


def migrate_job(settings: Settings, source: str, target: str) -> PlanRequest:
    """Plan the export of what the target accepts, and the creation of each row of its last complete export."""
    destination = destination_of(settings, target)
    reads = source_of(settings, source, destination).selected
    with open_state(settings) as state:
        rows = [_records(state, one, read) for one, read in reads]
    known = [number for number in rows if number is not None]
    each = calls_of(destination.target, destination.stream, "create")
    calls = each * sum(known) if len(known) == len(rows) else None
    basis = f"{sum(known):,} rows of the last complete export" if calls is not None else f"{source} was never exported"
    return PlanRequest(reads=reads, writes=[(destination.account, Need(destination.name, calls, basis))])


async def plan(
    settings: Settings, job: PlanRequest, *, ask: bool = False, play: bool = False, clock: Clock | None = None
) -> list[AccountPlan]:
    """Plan each account's part of a job. `ask` spends one call on a stream never exported; `play` rehearses it."""
    clock = clock or SystemClock()
    plans = []
    with open_state(settings) as state:
        async with open_clients(settings, job.accounts, clock=clock, wait=False) as clients:
            for account in job.accounts:
                client = clients[account.name]
                needs = [
                    _weighed(account, stream, await _need(state, client, stream, job, ask))
                    for one, stream in job.reads
                    if one.name == account.name
                ]
                needs += [need for one, need in job.writes if one.name == account.name]
                plans.append(await _account_plan(client, needs, clock.now(), play))
    return plans


async def _account_plan(client: Client, needs: list[Need], now: datetime, play: bool) -> AccountPlan:
    account = client.account
    snapshot = await client.budget.snapshot()
    found = AccountPlan(account.name, needs, str(snapshot), None)
    if found.calls is None:
        return found
    expected = _forecast(needs, snapshot, now, account)
    played = await rehearse(account, _by_endpoint(needs), start=now) if play else None
    return AccountPlan(account.name, needs, str(snapshot), expected, played)


def _weighed(account: Account, stream: Stream, need: Need) -> Need:
    cost = account.declaration.cost(stream.path, stream.weight)
    calls = None if need.calls is None else need.calls * cost.weight
    basis = need.basis if cost.weight == 1 else f"{need.basis}, each counts as {cost.weight}"
    return Need(need.name, calls, basis, cost.endpoint)


def _forecast(needs: list[Need], snapshot: Snapshot, now: datetime, account: Account) -> Forecast:
    """When all calls are made: of the account's limits, and of those of each endpoint, the latest counts."""
    by_endpoint = _by_endpoint(needs)
    total = by_endpoint.total()
    by_endpoint[""] = total
    every = [
        forecast(
            calls, quotas(snapshot, at), now=now, timezone=account.timezone, concurrency=account.declaration.at_once
        )
        for at, calls in by_endpoint.items()
    ]
    last = max(every, key=lambda one: one.seconds)
    return replace(last, calls=total, today=total if last.fits_today else last.today)


def _by_endpoint(needs: list[Need]) -> Counter[str]:
    """The calls by the endpoint whose limits they fall under besides; those under none have an empty one."""
    calls = Counter[str]()
    for need in needs:
        calls[need.endpoint] += need.calls or 0
    return calls


async def _need(state: StateFolder, client: Client, stream: Stream, job: PlanRequest, ask: bool) -> Need:
    account, name = client.account.name, f"{client.account.name}.{stream.name}"
    if stream.for_each is not None or isinstance(stream.paging, WholeList | IdAfter):
        return _need_of_lists(state, client.account, stream, name)
    if job.calls is not None:
        return Need(name, job.calls, "as given")
    tenant = landed_tenant(state.tenants, client.account, stream)
    last = state.history.last_complete(account, stream.name, tenant=tenant, incremental=job.since is not None)
    if last is not None:
        pages, besides = _fetched(state, stream.paging, last)
        unfinished = state.history.unfinished(account, stream.name, tenant=tenant)
        landed, made = _fetched(state, stream.paging, unfinished) if unfinished is not None else (0, 0)
        more = f" and {besides} calls for the row before one" if besides else ""
        done = f", {landed} landed already" if landed else ""
        calls = max(pages + besides - landed - made, 1)
        return Need(name, calls, f"{pages} pages{more} the last time{done}")
    if job.since is not None and state.journal.latest_complete(account, stream.name, tenant=tenant):
        return Need(name, 1, "what changed since the cursor: at least one page")
    if ask:
        return await _probed(client, stream, name)
    return Need(name, None, "never exported: --probe asks, --calls N plans for N")


def _need_of_lists(state: StateFolder, account: Account, stream: Stream, name: str) -> Need:
    """The call for a whole list; of one for each record of another stream, a call for each of these, or for each page
    the last time, whichever is more."""
    if stream.for_each is None:
        return Need(name, 2 if isinstance(stream.paging, IdAfter) else 1, "one list")
    known = _records(state, account, account.declaration.stream(stream.for_each))
    tenant = landed_tenant(state.tenants, account, stream)
    last = state.history.last_pages(account.name, stream.name, tenant=tenant, incremental=False) or 0
    if known is None:
        return Need(name, None, f"one list for each of {stream.for_each}, which was never exported")
    return Need(
        name, max(known, last), f"one list for each of {known:,} {stream.for_each}, {last:,} pages the last time"
    )


def _fetched(state: StateFolder, paging: Paging, extraction: int) -> tuple[int, int]:
    """How many pages of an extraction have landed, and how many calls were made for them besides one each."""
    pages = state.journal.pages(extraction)
    if not isinstance(paging, NextOffset | LimitOffset) or not state.journal.extraction(extraction).overlap:
        return len(pages), 0
    return len(pages), look_backs(paging, pages)


async def _probed(client: Client, stream: Stream, name: str) -> Need:
    async def read(response: Response) -> PlainPage:
        envelope, parsed = taken_apart(response, ListCheck(client.account.declaration, stream, name))
        return PlainPage(envelope, parsed.received, parsed.ids(stream), headers=response.headers)

    parameters, path = first_parameters(stream, client.account, None), path_of(client.account, stream.path)
    query, search = asked(stream, parameters)
    cost = client.account.declaration.cost(stream.path, stream.weight)
    page = await client.ask(path, query, read, where=name, cost=cost, search=search)
    start = WalkStart(parameters, address=client.account.base_url + path)
    try:
        pages = pages_told(stream.paging, page)
        more = pager_for(stream.paging, start).take(parameters, page).following is not None
    except InvalidPaging as invalid:
        raise invalid.kind(f"{name}: {invalid.what}") from None
    besides, changed = (1, ", and what changed") if stream.since else (0, "")
    if pages is not None:
        return Need(name, pages + besides, f"asked: {pages} pages{changed}")
    if more:
        return Need(
            name, None, "asked: there may be more than one page, and the API tells no total; --calls N plans for N"
        )
    return Need(name, 1 + besides, f"asked: one page{changed}")


def _records(state: StateFolder, account: Account, stream: Stream) -> int | None:
    tenant = landed_tenant(state.tenants, account, stream)
    extractions = state.journal.latest_complete(account.name, stream.name, tenant=tenant)
    return sum(page.records for page in state.journal.pages(extractions[0].id)) if extractions else None
