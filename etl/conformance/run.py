"""Run all promises of a system, one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from etl.config.systems_files import know_systems_of
from etl.conformance import limits, reading, writing
from etl.conformance.checks import Broken, Check, DoesNotApply, Result, Subject
from etl.errors import EtlError, UsageError
from etl.library.run_to_end import finish
from etl.systems import SYSTEMS
from etl.systems.check import faults
from etl.systems.declare import System
from etl.systems.guarded import guarded
from etl.systems.plain.complete import completed
from etl.systems.plugins import run_file, unsound
from etl.systems.targets import targets_of

Trial = tuple[Check, Subject]
LONGEST_S = 120.0
"""How long a trial may take, by the clock on the wall: one takes a second or two."""


def system_named(name: str, config: Path) -> System:
    """Return a system that is built in, installed, or in a file that the configuration names. Raises UsageError for one
    that there is not, ConfigurationError for one that cannot work."""
    know_systems_of(config)
    try:
        return SYSTEMS.of_account(name)
    except KeyError:
        known = ", ".join(SYSTEMS)
        raise UsageError(
            f"There is no system {name!r}.", remedy=f"There are {known}; etl sources lists them."
        ) from None


def systems_in(file: Path) -> list[System]:
    """Return the systems that a file declares. Raises ConfigurationError for a file, or for a system, that cannot
    work."""
    return [declared(system, str(file)) for system in run_file(file)]


def declared(system: System, who: str) -> System:
    """Return a system as it is when it is loaded. Raises ConfigurationError for one that cannot work."""
    if wrong := faults(system):
        raise unsound(str(system.id), who, wrong)
    return guarded(completed(system), who)


def trials(system: System) -> Iterator[Trial]:
    """Yield every promise with what it is tried with. Raises ConfigurationError for targets that cannot work."""
    targets = targets_of(system)
    for check in limits.CHECKS:
        yield check, Subject(system, targets)
    for stream in system.streams:
        for check in reading.CHECKS:
            yield check, Subject(system, targets, stream=stream)
    for target in targets:
        for check in writing.CHECKS:
            yield check, Subject(system, targets, stream=system.stream(target.stream), target=target)


def tried(check: Check, subject: Subject) -> Result:
    """Try one promise. What goes wrong in it is its result."""
    try:
        finish(_bounded(check, subject))
    except DoesNotApply as why:
        return Result(check.name, check.promise, subject.name, "does not apply", str(why))
    except Broken as broken:
        return Result(check.name, check.promise, subject.name, "broken", str(broken))
    except TimeoutError:
        return Result(check.name, check.promise, subject.name, "broken", f"it did not end within {LONGEST_S:g} s")
    except EtlError as error:
        return Result(check.name, check.promise, subject.name, "broken", f"{error} ({error.exit_code})")
    except Exception as error:
        return Result(check.name, check.promise, subject.name, "broken", str(EtlError.bug(error)))
    return Result(check.name, check.promise, subject.name, "held")


async def _bounded(check: Check, subject: Subject) -> None:
    if subject.stream is not None and (of := subject.stream.for_each) is not None:
        raise DoesNotApply(f"it is asked for once for each record of {of}, which is not imitated")
    async with asyncio.timeout(LONGEST_S):
        await check.attempt(subject)


def conformance(system: System, on_result: Callable[[Result], None] = lambda _: None) -> list[Result]:
    """Try every promise of a system; `on_result` is told each as it is known."""
    results = []
    for check, subject in trials(system):
        results.append(tried(check, subject))
        on_result(results[-1])
    return results
