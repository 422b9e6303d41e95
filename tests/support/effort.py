"""What work costs, by the processor time of this process: the same however busy the machine is with something else."""

from __future__ import annotations

import time
from collections.abc import Callable


def effort_s(work: Callable[[], object], tries: int = 3) -> float:
    """The least of several tries: what a try takes longer is not the work's own."""

    def once() -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    return min(once() for _ in range(tries))
