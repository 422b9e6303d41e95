"""Try each promise of a declared system as a test of pytest. A test module says which system, in one line:

    contact_etl_system = "my_api.py"     # a file of systems, from the folder of the module
    contact_etl_system = "crm"           # one that is built in or installed
    contact_etl_system = CRM             # a System itself, or several in a list

pytest loads this with everybody's tests: nothing is imported before a module says that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from etl.conformance.run import Trial
    from etl.systems.declare import System

NAME = "contact_etl_system"


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> list[Promise] | None:
    """Make a test of each promise where a module names a system."""
    if name != NAME:
        return None
    from etl.conformance.run import trials
    from etl.errors import EtlError

    found: dict[str, Promise] = {}
    try:
        for system in _systems(obj, collector.path.parent):
            for check, subject in trials(system):
                of = subject.name.replace(" ", "_") or "system"
                one = f"{system.id}.{of}.{check.name}"
                found[one] = Promise.from_parent(collector, name=one, trial=(check, subject))
    except EtlError as error:
        raise collector.CollectError(f"{NAME}: {error}") from None
    return [*found.values()]


class Promise(pytest.Item):
    """A promise of a system, as a test."""

    def __init__(self, *, trial: Trial, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._trial = trial

    def runtest(self) -> None:
        from etl.conformance.run import tried

        result = tried(*self._trial)
        if result.outcome == "does not apply":
            pytest.skip(result.reason)
        if result.outcome == "broken":
            pytest.fail(f"{result.of or 'the system'}: {result.promise}. It is broken: {result.reason}.", pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.name


def _systems(named: object, folder: Path) -> Iterator[System]:
    """Yield the systems that a module names. Raises ConfigurationError, or UsageError for what names none."""
    from etl.conformance.run import declared, system_named, systems_in
    from etl.errors import UsageError
    from etl.systems.declare import System

    for one in named if isinstance(named, list | tuple) else [named]:
        if isinstance(one, System):
            yield declared(one, f"the tests in {folder}")
        elif isinstance(one, str) and one.endswith(".py"):
            yield from systems_in(folder / one)
        elif isinstance(one, str):
            yield system_named(one, folder / "etl.toml")
        else:
            raise UsageError(f"{one!r:.40} is no System.", remedy="Name a System, the file of one, or its id.")
