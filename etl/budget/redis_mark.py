"""The mark by which a Redis server that forgot is noticed: a random id that it was given once, and that never expires.

    contact-etl:mark        id; forgot, when it was last noticed that the server had; each budget: when it was written
    <home>/redis/<server>   the id as this user last saw it, and the version of each budget

A server that was flushed, or restarted without persistence, has another id or none; one that evicted a budget lacks it
while the mark tells of it; one that was put back to an older state has an older version. Then nothing is called until
every day that was counted has surely ended: a budget that begins anew before would be a second one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from etl.errors import ConfigurationError
from etl.state.files import make_folder, write_whole

MARK = "contact-etl:mark"
DAY_S = timedelta(hours=25).total_seconds()
"""The longest calendar day: one of 25 hours."""


@dataclass
class Remembered:
    """What this user knows of a server. `budgets` are versions, and the server's time when they were seen."""

    path: Path
    mark: str | None = None
    budgets: dict[str, tuple[int, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, url: str) -> Remembered:
        """Read what is kept of the server at an address, its credentials left out."""
        address = urlsplit(url)
        place = f"{address.hostname or ''}:{address.port or 6379}/{address.path.strip('/') or '0'}?{address.query}"
        return cls.read(folder / f"{hashlib.blake2b(place.encode(), digest_size=8).hexdigest()}.json")

    @classmethod
    def read(cls, path: Path) -> Remembered:
        """What cannot be read is not known."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            known = json.loads(path.read_text("utf-8"))
            budgets = {str(name): (int(version), float(at)) for name, (version, at) in known["budgets"].items()}
            return cls(path, str(known["mark"]), budgets)
        return cls(path)

    def keep(self) -> None:
        """Write it down, beside what other processes saw later. Raises CannotCreate or InputOutputError."""
        others = self.read(self.path)
        budgets = others.budgets if others.mark == self.mark else {}
        newest = {name: max(seen, budgets.get(name, seen)) for name, seen in self.budgets.items()}
        make_folder(self.path.parent)
        write_whole(self.path, json.dumps({"mark": self.mark, "budgets": {**budgets, **newest}}).encode())


def forgot(until: float) -> ConfigurationError:
    return ConfigurationError(
        "The budgets' Redis server has forgotten calls that still count: it was emptied, restarted without "
        "persistence, or evicted them. Nothing is called before "
        f"{datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC.",
        remedy="By then every day that was counted has ended, and the same command goes on by itself. Switch "
        "persistence on there (appendonly yes), and eviction off (maxmemory-policy noeviction).",
    )
