"""Run the load server in its own process, for as long as it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Load:
    base_url: str

    def cpu_s(self) -> float:
        """CPU seconds that the server has spent since it was last asked."""
        with urlopen(f"{self.base_url}/stats?reset=1") as answer:
            return float(json.load(answer)["cpu_s"])


@contextmanager
def load(rows: int, *, array_mb: int = 0, latency_ms: float = 0) -> Iterator[Load]:
    """Start the load server, with everything rendered on entry."""
    options = ["--rows", str(rows), "--array-mb", str(array_mb), "--latency-ms", str(latency_ms)]
    command = [sys.executable, "-m", "benchmarks.export.server", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            if not line:
                raise RuntimeError("the load server did not start")
            yield Load(json.loads(line)["base_url"])
        finally:
            server.terminate()
