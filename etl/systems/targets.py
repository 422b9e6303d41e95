"""What can be written to which system, as the registry has it. Importing this imports what writing takes."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from etl.systems import SYSTEMS
from etl.systems.declare import System, Target


def targets_of(system: System) -> tuple[Target, ...]:
    """The targets of a system; none of one that is only read."""
    if isinstance(system.targets, str):
        declared: tuple[Target, ...] = import_module(system.targets).TARGETS
        return declared
    return system.targets


TARGETS: Mapping[str, tuple[Target, ...]] = {system.id: targets_of(system) for system in SYSTEMS.values()}
"""The targets of each system, by its id."""


def target_of(system: str, name: str) -> Target:
    """The target of that system and name; KeyError where there is none."""
    for target in TARGETS.get(system, ()):
        if target.name == name:
            return target
    raise KeyError(f"{system}.{name}")
