"""The systems that there are. A built-in one costs its folder and a line here; others declare themselves."""

from __future__ import annotations

from etl.systems.cyclesoftware.read import CYCLESOFTWARE
from etl.systems.invoicing.read import INVOICING
from etl.systems.moneybird.read import MONEYBIRD
from etl.systems.recras.read import RECRAS
from etl.systems.registry import Registry
from etl.systems.woocommerce.read import WOOCOMMERCE

SYSTEMS = Registry((CYCLESOFTWARE, RECRAS, INVOICING, MONEYBIRD, WOOCOMMERCE))

__all__ = ["SYSTEMS"]
