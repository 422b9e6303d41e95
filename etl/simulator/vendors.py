"""The vendors whose APIs are simulated. A new one costs its folder and a line here; not every system has one."""

from __future__ import annotations

from collections.abc import Mapping

from etl.simulator.cyclesoftware.api import CYCLESOFTWARE
from etl.simulator.engine.vendor import Vendor
from etl.simulator.invoicing.api import INVOICING
from etl.simulator.recras.api import RECRAS

VENDORS: Mapping[str, Vendor] = {vendor.system: vendor for vendor in (CYCLESOFTWARE, RECRAS, INVOICING)}
