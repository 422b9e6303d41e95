"""The push itself: from an order to a report, with the ledger, the budget and the result files."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from etl.budget import Priority, WaitNotice, open_budget, open_store
from etl.clock import Clock, SystemClock
from etl.config.settings import Settings
from etl.errors import EtlError
from etl.http.client import Calls, Client, open_client
from etl.push.diff.spelling import Spelling
from etl.push.dispatch.dispatcher import IN_FLIGHT, Dispatcher
from etl.push.dispatch.group_commit import GroupCommit
from etl.push.dispatch.presence import Presence
from etl.push.error_limit import ErrorLimit
from etl.push.input.erased_rows import without_erased
from etl.push.input.rows import OWN_KEY, Input
from etl.push.ownership.aliases import check_aliases
from etl.push.ownership.alike_keys import by_known_keys
from etl.push.ownership.existing import read_existing
from etl.push.ownership.open_ledger import ledger_of
from etl.push.prepare.dry_run import DryRun
from etl.push.prepare.losses import EXAMPLES
from etl.push.prepare.match import read_matches
from etl.push.prepare.prepare import Prepared, Preparing
from etl.push.push_order import Destination, Order
from etl.push.report import PushReport
from etl.push.results import ResultForm, add_pending_lines, write_rejects, write_results
from etl.push.retention import forget_some
from etl.push.session import PushSession, WriteOptions
from etl.runs.lifecycle import Lifecycle
from etl.runs.lost_budget import recalled
from etl.runs.progress import OnProgress, Progress
from etl.runs.retention import forget_runs
from etl.runs.stop import Stop
from etl.runs.workspace import OnWait, open_state
from etl.state.entries import Source
from etl.state.ledger import Ledger
from etl.state.lock import hold

BATCH = 5000
WRITES_ROWS = ("push", "migrate")
"""Commands that may create records: they check whether the ledger knows the target by another name."""


@dataclass(frozen=True)
class Setting:
    """The surroundings of a run: all that does not concern its rows. The target's lock must be held (`held`)."""

    settings: Settings
    destination: Destination
    out: Path
    rebuild: bool = False
    wait: bool = False
    clock: Clock = field(default_factory=SystemClock)
    on_wait: OnWait | None = None
    stop: Stop = field(default_factory=Stop)


async def push(
    setting: Setting,
    order: Order,
    data: Input,
    *,
    command: str = "push",
    calls: Mapping[str, Calls] | None = None,
    on_progress: OnProgress = lambda _: None,
) -> PushReport:
    """Send every row, once. `calls` are the calls already made at other accounts, for the report.

    Raises ConfigurationError for a ledger that cannot be relied on, and Stopped with the report where the task is
    cancelled; any other error that ends the run early is in the report.
    """

    data = without_erased(data, setting.settings.state.dir)
    form = ResultForm.of(data, order, setting.settings.language)

    async def work(session: PushSession, report: PushReport) -> None:
        nonlocal data
        keys = by_known_keys(session.ledger, data)
        data = without_erased(keys.data, setting.settings.state.dir) if keys.repaired else keys.data
        report.keys = {"set_aside": keys.aside, "repaired": keys.repaired}
        report.inputs, report.left_out = list(order.files), data.left_out
        report.calls |= {name: spent for name, spent in (calls or {}).items() if name not in report.calls}
        await _send(session, order, data, report, on_progress)

    def finish(ledger: Ledger, report: PushReport) -> None:
        add_pending_lines(ledger, report.run_id, data)
        report.files["rejects"] = write_rejects(ledger, report.run_id, data, setting.out, form)

    return await run(setting, command, order.arguments, work, finish, dry_run=order.dry_run, form=form)


async def run(
    setting: Setting,
    command: str,
    arguments: str,
    work: Callable[[PushSession, PushReport], Awaitable[None]],
    finish: Callable[[Ledger, PushReport], None] = lambda *_: None,
    *,
    dry_run: bool = False,
    form: ResultForm | None = None,
) -> PushReport:
    """Run any work at a target that leaves lines in the ledger; write its results and return its report."""
    clock, destination = setting.clock, setting.destination
    form = form or ResultForm(language=setting.settings.language)
    life = Lifecycle(setting.out, clock=clock, stop=setting.stop)
    with (
        open_state(setting.settings) as state,
        ledger_of(
            setting.settings, state, destination.key, now=clock.now(), rebuild=setting.rebuild, touch=not dry_run
        ) as ledger,
    ):
        if command in WRITES_ROWS:
            check_aliases(ledger, destination)
        report = PushReport(command, life.begin(state.journal, command, arguments), destination.name, dry_run=dry_run)
        if not dry_run:
            ledger.begin(report.run_id, destination.name, clock.now())

        def conclude() -> None:
            finish(ledger, report)
            _conclude(ledger, report, setting.out, form)

        def retain() -> None:
            forget_some(ledger, setting.settings, clock.now())
            forget_runs(setting.settings, state, clock.now())

        return await life.live(
            report,
            lambda: _at_the_target(setting, ledger, report, work),
            conclude=conclude,
            retain=retain,
        )


async def _at_the_target(
    setting: Setting, ledger: Ledger, report: PushReport, work: Callable[[PushSession, PushReport], Awaitable[None]]
) -> None:
    """Run the work with one client. An error that ends it early goes into the report, so that every row still gets its
    line."""
    destination = setting.destination
    try:
        async with open_target_client(setting) as client:
            report.calls[destination.account.name] = client.calls
            spelling = Spelling(ledger.spellings())
            session = PushSession(
                destination, client, ledger, GroupCommit(ledger), setting.clock, report.run_id, spelling
            )
            await work(replace(session, presence=Presence(client, session.stream)), report)
    except EtlError as error:
        report.error = error


async def _send(session: PushSession, order: Order, data: Input, report: PushReport, on_progress: OnProgress) -> None:
    def shown(done: int) -> None:
        if session.client.calls.sent:  # the budget is unknown before the first call
            on_progress(Progress(session.destination.name, done, done, data.height, session.client, session.run_id))

    session = replace(session, options=WriteOptions(order.on_conflict, order.recreate_missing, order.proof))
    matches = await read_matches(session, order.match) if order.match else None
    changes = order.mode != "delete" and bool(session.target.unseen)
    makes = order.recreate_missing or (order.mode in ("create", "upsert") and _has_new(session.ledger, data))
    if changes or makes:
        session = replace(session, existing=await read_existing(session))
    slices = _prepared(Preparing(order, session, matches, data.columns, data.names), data, report)
    if order.dry_run:
        await DryRun(session, shown).run(slices, report)
    else:
        await deliver_all(session, slices, report, shown, ErrorLimit(order.stop_after_errors))


def _has_new(ledger: Ledger, data: Input) -> bool:
    """Whether any row may have to be created: one without a record in the ledger."""
    for part in data.frame.select("account", "stream", OWN_KEY).iter_slices(BATCH):
        sources = [Source(account or "", stream or "", key or "") for account, stream, key in part.iter_rows()]
        if ledger.count_records_of(sources) < len(sources):
            return True
    return False


async def deliver_all(
    session: PushSession,
    slices: Iterable[Prepared],
    report: PushReport,
    shown: Callable[[int], None] = lambda _: None,
    error_limit: ErrorLimit | None = None,
) -> None:
    """Send jobs; an error that ends this early goes into the report."""
    work = Dispatcher(session, session.destination.account.settle_s, error_limit=error_limit, progress=shown)
    try:
        await work.run(slices)
    finally:
        report.error = work.error
        await session.commits.close()


def _prepared(preparing: Preparing, data: Input, report: PushReport) -> Iterator[Prepared]:
    for part in data.slices():
        prepared = preparing.prepare(part)
        report.lookalikes += prepared.lookalikes
        report.doubtful.update(prepared.doubtful)
        report.lost.update(prepared.dropped)
        report.filled.update(prepared.filled)
        for column, lines in prepared.examples.items():
            known = report.examples.setdefault(column, [])
            known += lines[: EXAMPLES - len(known)]
        yield prepared


def _conclude(ledger: Ledger, report: PushReport, out: Path, form: ResultForm) -> None:
    """Count the outcomes, and write the results."""
    report.outcomes = ledger.outcomes(report.run_id)
    report.skipped = ledger.reasons(report.run_id, "skipped")
    for reason, rows in ledger.reasons(report.run_id, "review", most=sys.maxsize).items():
        general = re.sub(r"(?<=record )\S+|(?<=records )[^.]+|(?<=row )\S+", "…", reason)
        report.review[general] = report.review.get(general, 0) + rows
    if report.command != "verify":  # its findings are a file of their own
        report.files["results"] = write_results(ledger, report.run_id, out, form)


@asynccontextmanager
async def open_target_client(setting: Setting) -> AsyncIterator[Client]:
    """Open a client for the run's target, within the budget and with the priority of a push."""
    account = setting.destination.account

    def notify(waiting: WaitNotice | None) -> None:
        if setting.on_wait is not None:
            setting.on_wait(account.name, waiting)

    async with (
        open_store(setting.settings.state.budgets, setting.clock) as store,
        open_budget(
            account,
            store,
            clock=setting.clock,
            configuration=setting.settings.path,
            wait=setting.wait,
            priority=Priority.PUSH,
            on_wait=notify,
        ) as budget,
        recalled(budget, setting.settings, account),
        open_client(account, budget, clock=setting.clock, connections=IN_FLIGHT + 4) as client,
    ):
        yield client


def held(settings: Settings, destination: Destination) -> AbstractContextManager[None]:
    """Lock a target: one push at a time, whatever the account is called."""
    return hold(settings.state.dir / "locks", [f"push {quote(destination.key, safe='')}"])
