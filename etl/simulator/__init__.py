"""The three APIs, built from their documents, on a loopback port: to try things out on, and to rehearse with.

    async with Simulator(rows=5000, seed=7) as simulator:
        simulator.base_url

Data come from a seed: `etl.simulator.truth` tells what a perfect export of them holds. Writes are carried out and
logged; limits, faults and clocks behave as told by `Options`.
"""

from etl.simulator.options import Options
from etl.simulator.serve import run
from etl.simulator.simulator import Simulator

__all__ = ["Options", "Simulator", "run"]
