"""The registry of built-in systems. A new one costs its folder and a line here."""

from __future__ import annotations

from etl.systems.cyclesoftware.read import CYCLESOFTWARE
from etl.systems.declare import System
from etl.systems.invoicing.read import INVOICING
from etl.systems.recras.read import RECRAS

SYSTEMS: dict[str, System] = {system.id: system for system in (CYCLESOFTWARE, RECRAS, INVOICING)}

__all__ = ["SYSTEMS"]
