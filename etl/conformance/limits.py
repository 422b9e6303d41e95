"""The promises about limits and credentials: of a whole system, tried with its first stream."""

from __future__ import annotations

from dataclasses import replace

from etl.conformance import lists
from etl.conformance.checks import Check, DoesNotApply, Subject, expect, must_end_with
from etl.conformance.place import KEY, place
from etl.conformance.tables import files_with
from etl.simulator.declared.auth import WRONG
from etl.simulator.declared.values import UNDECLARED
from etl.simulator.declared.vendor import FIRST_ID
from etl.systems.declare import Limit, QueryKey, Stream, System, Target

FEW = 2
"""How many calls a window allows in a trial."""
ROUNDS = 3


async def keeps_limits(of: Subject) -> None:
    """With the declared windows, of fewer calls each, so that they fill up. The server counts."""
    if not of.system.limits and of.system.at_once is None:
        raise DoesNotApply("it declares no limits")
    system = replace(of.system, limits=tuple(_few(of.system, of.targets, limit) for limit in of.system.limits))
    stream = _first(of.system)
    async with place(system, of.targets, rows=lists.rows_of(stream)) as at:
        for _ in range(ROUNDS):
            report = await at.export(stream.name)
            must_end_with(0, report.exit_code, report.as_dict()["error"])
            over = at.simulator.stats["over_limit"]
            expect(not over, f"{over} calls were more than a limit allows")


def _few(system: System, targets: tuple[Target, ...], limit: Limit) -> Limit:
    """A window that a call or two fill: of calls that count as several, one, and there is room for a single call."""
    calls = [call for one in targets for call in (one.create, one.update, one.delete) if call is not None]
    most = max([stream.weight for stream in system.streams] + [call.weight for call in calls])
    return replace(limit, limit=min(limit.limit, max(FEW, 2 * most - 1)))


async def refuses_credentials(of: Subject) -> None:
    stream = _first(of.system)
    async with place(of.system, of.targets, rows=1, secret=WRONG) as at:
        report = await at.export(stream.name)
        must_end_with(77, report.exit_code, report.as_dict()["error"])
        calls = at.simulator.stats["requests"]
        expect(calls <= FEW, f"it tried {calls} times")


async def hides_the_key(of: Subject) -> None:
    """A server that repeats what it was sent in its refusal; a key of the query in an address of a record, too."""
    stream, kind = _first(of.system), of.system.auth[0]
    async with place(of.system, of.targets, rows=lists.rows_of(stream)) as at:
        if isinstance(kind, QueryKey):
            store, address = at.store(stream.name), f"https://example.nl/1?{kind.name}={KEY}"
            store.put(FIRST_ID, {**(store.get(FIRST_ID) or {}), UNDECLARED: address})
        said = f"Not with the key {KEY}."
        at.api.twist = lists.Refuses(422, {"X-Key": KEY}, first=1, last=1, message=said)
        told = [str(error) for error in (await at.export(stream.name)).errors]
        report = await at.export(stream.name)
        must_end_with(0, report.exit_code, report.as_dict()["error"])
        expect(not any(KEY in line for line in [*told, *at.logged.lines]), "the key stands in a message or a log")
        files = files_with(at, KEY)
        expect(not files, f"the key stands in {', '.join(files[:3])}")


def _first(system: System) -> Stream:
    """The stream by which credentials are tried."""
    return system.stream(system.probe[0] or system.streams[0].name)


CHECKS = (
    Check("keeps_limits", "no limit is exceeded, by the server's count", keeps_limits),
    Check("refuses_credentials", "refused credentials end the run at once (77)", refuses_credentials),
    Check("hides_the_key", "the key is in no message, log, page or table", hides_the_key),
)
