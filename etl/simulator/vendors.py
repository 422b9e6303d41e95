"""The vendors whose APIs are simulated: built in, which cost a folder and a line here, or installed. Not every system
has one.

A package names its `Vendor` in the entry points `contact_etl.simulators`, under the id of the system.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from etl.errors import ConfigurationError
from etl.simulator.cyclesoftware.api import CYCLESOFTWARE
from etl.simulator.engine.vendor import Vendor
from etl.simulator.invoicing.api import INVOICING
from etl.simulator.moneybird.api import MONEYBIRD
from etl.simulator.recras.api import RECRAS
from etl.simulator.woocommerce.api import WOOCOMMERCE
from etl.systems.plugins import installed, load

GROUP = "contact_etl.simulators"


@cache
def vendors() -> Mapping[str, Vendor]:
    """Return the vendors by the id of their system. Raises ConfigurationError for an installed one that cannot work."""
    found = {vendor.system: vendor for vendor in (CYCLESOFTWARE, RECRAS, INVOICING, MONEYBIRD, WOOCOMMERCE)}
    for name, plugins in installed(GROUP).items():
        vendor = load(plugins[0], f"The simulator of {name}", Vendor)
        if name in found or len(plugins) > 1:
            raise ConfigurationError(
                f"The simulator of {name} is declared twice, once by {plugins[-1].who}.", remedy="Take one out."
            )
        if vendor.system != name:
            raise ConfigurationError(
                f"The simulator of {name} cannot be used: {plugins[0].who} is for {vendor.system!r}.",
                remedy="Name the entry point after its system.",
            )
        found[name] = vendor
    return found
