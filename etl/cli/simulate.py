"""`etl simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from etl.cli.output import common

if TYPE_CHECKING:
    from etl.simulator.engine.vendor import Vendor


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Loopback port; 0 takes a free one.")
@click.option("--rows", type=click.IntRange(0), default=1000, show_default=True, help="Records per system.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same data.")
@click.option(
    "--faults", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A TOML file of faults to imitate."
)
@click.option("--system", metavar="NAME", help="Only this system: one of your own as its declaration has it.")
@common
def simulate(
    port: int,
    rows: int,
    seed: int,
    faults: Path | None,
    system: str | None,
    config: Path,
    as_json: bool,
    quiet: bool,
    log_format: str,
) -> None:  # every command takes these
    """Serve the built-in APIs on loopback, with their limits; prints one JSON line with base_url when it listens."""
    from etl.errors import ConfigurationError
    from etl.simulator import run

    only = None if system is None else [_vendor(system, config)]
    try:
        run(port=port, rows=rows, seed=seed, faults_file=faults, only=only)
    except ValueError as error:
        raise ConfigurationError(f"{faults}: {error}") from None


def _vendor(name: str, config: Path) -> Vendor:
    """What imitates a system: its own simulator where it has one, else what follows from its declaration."""
    from etl.conformance.run import system_named
    from etl.simulator.declared.vendor import vendor_of
    from etl.simulator.vendors import vendors
    from etl.systems.targets import targets_of

    system = system_named(name, config)
    return vendors().get(name) or vendor_of(system, targets_of(system))
