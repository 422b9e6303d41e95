"""Find the targets of a system. The first time imports what writing to it needs."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from etl.errors import ConfigurationError
from etl.systems import SYSTEMS
from etl.systems.check import target_faults
from etl.systems.declare import System, Target
from etl.systems.plain.complete import completed_targets
from etl.systems.plugins import reason, unsound


def targets_of(system: System) -> tuple[Target, ...]:
    """Return the targets of a system; empty for one that is only read. Raises ConfigurationError for ones that cannot
    work, naming their module."""
    if not isinstance(system.targets, str):
        return system.targets
    found = completed_targets(system, _of_module(system.targets, system.id))
    if wrong := target_faults(system, found):
        raise unsound(system.id, f"the module {system.targets}", wrong)
    return found


@cache
def _of_module(module: str, system: str) -> tuple[Target, ...]:
    try:
        found: tuple[Target, ...] = import_module(module).TARGETS
    except (Exception, SystemExit) as error:
        raise ConfigurationError(
            f"The targets of {system} cannot be used: the module {module} cannot be imported: {reason(error)}.",
            remedy="Mend that there.",
        ) from None
    return found


def target_of(system: str, name: str) -> Target:
    """Return the target of that system and name. Raises KeyError where there is none."""
    for target in targets_of(SYSTEMS[system]) if system in SYSTEMS else ():
        if target.name == name:
            return target
    raise KeyError(f"{system}.{name}")
