"""A pytest plugin that counts, for each fault, how many cases were tried and how many held.

    python -m pytest -p tests.faults.tally

prints the table behind a run of the whole suite. That run fails where a fault was not tried, unless its tests were
skipped because the machine lacks something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from . import GROUPS
from .declare import Fault

_tried: Counter[str] = Counter()
_skipped: Counter[str] = Counter()
_failed: dict[str, set[str]] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    test = report.nodeid.partition("[")[0].removeprefix("tests/")
    if report.skipped:
        _skipped[test] += 1
    elif report.when == "call":
        _tried[test] += 1
    if report.failed:
        _failed.setdefault(test, set()).add(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        return  # one of several processes, which tried its share alone: whoever started it is told of all
    broken = any(_breaks(fault) for faults in GROUPS.values() for fault in faults)
    if broken and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in _table():
        terminalreporter.write_line(line)


def _table() -> Iterator[str]:
    """A line for every fault: its name, tried, held."""
    faults = [fault for group in GROUPS.values() for fault in group]
    for group, of_it in GROUPS.items():
        yield ""
        yield f"{group:<74} tried  held"
        for fault in of_it:
            tried, held = _counts(fault)
            yield f"  {fault.name:<72} {tried:5} {held:5}{_remark(fault)}"
    yield ""
    broken = sum(map(_breaks, faults))
    untried = sum(not _breaks(fault) and not _counts(fault)[0] for fault in faults)
    held = len(faults) - broken - untried
    yield f"{len(faults)} faults: {held} hold, {broken} do not, {untried} cannot be tried here."


def _counts(fault: Fault) -> tuple[int, int]:
    """Cases that were tried, and that held."""
    tried = sum(_tried[test] for test in fault.tests)
    failed = sum(len(_failed.get(test, ())) for test in fault.tests)
    return tried, max(tried - failed, 0)


def _breaks(fault: Fault) -> bool:
    """Whether a case failed, or a test was neither tried nor skipped."""
    return any(test in _failed or not (_tried[test] or _skipped[test]) for test in fault.tests)


def _remark(fault: Fault) -> str:
    if any(test in _failed for test in fault.tests):
        return "  <-- DOES NOT HOLD"
    if _breaks(fault):
        return "  <-- NOT TRIED"
    return "  (not tried here)" if any(not _tried[test] for test in fault.tests) else ""
