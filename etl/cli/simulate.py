"""`etl simulate`."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.output import common


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Loopback port; 0 takes a free one.")
@click.option("--rows", type=click.IntRange(0), default=1000, show_default=True, help="Records per system.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same data.")
@click.option(
    "--faults", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A TOML file of faults to imitate."
)
@common
def simulate(
    port: int, rows: int, seed: int, faults: Path | None, config: Path, as_json: bool, quiet: bool, log_format: str
) -> None:  # every command takes these
    """Serve the built-in APIs on loopback, with their limits; prints one JSON line with base_url when it listens."""
    from etl.errors import ConfigurationError
    from etl.simulator import run

    try:
        run(port=port, rows=rows, seed=seed, faults_file=faults)
    except ValueError as error:
        raise ConfigurationError(f"{faults}: {error}") from None
