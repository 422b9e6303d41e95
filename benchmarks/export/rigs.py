"""Define what is timed: `etl` as its users run it, the bare copy, and the peers in their own environments."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.export.environments import python_of

HERE = Path(__file__).parent
ETL = Path(sys.executable).with_name("etl")

CONFIGURATION = """
[accounts.bikes]
system   = "cyclesoftware"
base_url = "{base_url}"
username = "shop"
password = "secret"

[accounts.bikes.budget]         # counted like any other, but never spent
per_minute = 1000000
per_day    = 100000000

[accounts.park]
system   = "recras"
base_url = "{base_url}"
api_key  = "secret"

[state]
budgets = "budgets.db"
"""


@dataclass(frozen=True)
class Rig:
    """One way to copy all customers to Parquet."""

    name: str
    title: str
    script: str = ""
    environment: str = ""  # of environments.PINNED; "" is this one

    def command(self, base_url: str, folder: Path) -> list[str]:
        """The command that writes into `folder`, an empty one."""
        if self is OURS:
            return export(base_url, folder, "bikes.customers")
        python = str(python_of(self.environment)) if self.environment else sys.executable
        return [python, "-W", "ignore", str(HERE / self.script), "--base-url", base_url, "--out", str(folder)]


BARE = Rig("bare", "bare copy: no budget, landing, normalising, child tables", "bare_copy.py")
OURS = Rig("etl", "**etl export**: all of it")
PEERS = {
    peer.name: peer
    for peer in (
        Rig("dlt", "dlt as documented, with child table", "peers/dlt_documented.py", "dlt"),
        Rig("dlt-arrow", "dlt tuned: orjson and Arrow tables", "peers/dlt_arrow.py", "dlt"),
        Rig("airbyte", "Airbyte CDK, declarative source", "peers/airbyte.py", "airbyte"),
        Rig("singer", "Singer SDK, tap and target with msgspec", "peers/singer.py", "singer"),
    )
}


def export(base_url: str, folder: Path, *streams: str) -> list[str]:
    """`etl export` of these streams into `folder`/out, with a state of its own in `folder`."""
    configuration = folder / "etl.toml"
    configuration.touch(0o600)
    configuration.write_text(CONFIGURATION.format(base_url=base_url), "utf-8")
    return [str(ETL), "export", *streams, "--config", str(configuration), "--out", str(folder / "out"), "--quiet"]


def prepare(rigs: Sequence[Rig]) -> None:
    """Makes the environments that are missing, so that none is made while the clock runs."""
    for rig in rigs:
        if rig.environment:
            python_of(rig.environment)
