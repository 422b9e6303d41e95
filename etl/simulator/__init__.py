"""Simulate the built-in APIs, as their documents describe them, on a loopback port: for trials and rehearsals.

    async with Simulator(rows=5000, seed=7) as simulator:
        simulator.base_url

Data come from a seed: `etl.simulator.truth` returns what a perfect export of them holds. Writes are carried out and
logged; `Options` sets limits, faults and the clock.
"""

from etl.simulator.options import Options
from etl.simulator.serve import run
from etl.simulator.simulator import Simulator

__all__ = ["Options", "Simulator", "run"]
