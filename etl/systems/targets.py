"""The targets: what can be written to which system. A new one costs its file and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from etl.systems.cyclesoftware.write import CYCLESOFTWARE
from etl.systems.declare import Target
from etl.systems.invoicing.write import INVOICING
from etl.systems.recras.write import RECRAS

TARGETS: Mapping[str, tuple[Target, ...]] = {
    "cyclesoftware": CYCLESOFTWARE,
    "recras": RECRAS,
    "invoicing": INVOICING,
}
"""The targets of each system, by its id."""

__all__ = ["TARGETS", "target_of"]


def target_of(system: str, name: str) -> Target:
    """The target of that system and name; KeyError where there is none."""
    for target in TARGETS.get(system, ()):
        if target.name == name:
            return target
    raise KeyError(f"{system}.{name}")
