"""Run the simulator as a process, for rehearsals."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from etl.simulator.engine.vendor import Vendor
from etl.simulator.simulator import Simulator
from etl.simulator.vendors import vendors


def run(
    port: int = 0,
    rows: int = 1000,
    seed: int = 1,
    faults_file: Path | str | None = None,
    only: Sequence[Vendor] | None = None,
    **settings: Any,
) -> None:
    """Serve until SIGINT or SIGTERM. Prints one line of JSON as soon as it listens, and nothing else on stdout.

    Serves all vendors that there are, or those that are named. Raises ValueError for invalid settings or rules, OSError
    if the port is in use. `settings` are fields of Options.
    """
    simulator = Simulator(port=port, rows=rows, seed=seed, faults=faults_file, only=only, **settings)
    asyncio.run(_serve(simulator, [*vendors().values()] if only is None else only))


async def _serve(simulator: Simulator, served: Sequence[Vendor]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stopped.set)
    async with simulator:
        options = simulator.options
        line = {
            "base_url": simulator.base_url,
            "rows": options.rows,
            "seed": options.seed,
            "accounts": {vendor.system: {"base_url": simulator.base_url, **vendor.account} for vendor in served},
        }
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        await stopped.wait()
