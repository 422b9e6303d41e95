"""Where a push works: what every step of it needs, handed on as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from etl.clock import Clock
from etl.http.client import Client
from etl.push.commits import Commits
from etl.push.order import Destination
from etl.state.ledger import Ledger
from etl.systems.declare import Stream
from etl.targets.declare import Target


@dataclass(frozen=True)
class Site:
    destination: Destination
    client: Client
    ledger: Ledger
    commits: Commits
    clock: Clock
    run_id: str

    @property
    def target(self) -> Target:
        return self.destination.target

    @property
    def stream(self) -> Stream:
        return self.destination.stream

    def merges(self, body: Mapping[str, Any]) -> bool:
        """Whether the API itself makes one record of this body and an equal one."""
        return self.target.merges and self.target.natural(body) is not None
