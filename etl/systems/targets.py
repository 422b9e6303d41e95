"""List the targets of every registered system. Importing this imports everything that writing needs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from etl.systems import SYSTEMS
from etl.systems.declare import System, Target


def targets_of(system: System) -> tuple[Target, ...]:
    """Return the targets of a system; empty for one that is only read."""
    if isinstance(system.targets, str):
        declared: tuple[Target, ...] = import_module(system.targets).TARGETS
        return declared
    return system.targets


TARGETS: Mapping[str, tuple[Target, ...]] = {system.id: targets_of(system) for system in SYSTEMS.values()}
"""The targets of each system, by its id."""


def target_of(system: str, name: str) -> Target:
    """Return the target of that system and name. Raises KeyError where there is none."""
    for target in TARGETS.get(system, ()):
        if target.name == name:
            return target
    raise KeyError(f"{system}.{name}")
