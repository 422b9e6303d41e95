"""One time for all processes of a machine: it never jumps, and goes on across restarts.

    steady = seconds since boot + offset        the offset is the wall clock's, taken once a boot by the first process

Within a boot every process reads the same counter, so that setting the wall clock neither frees a slot nor holds one.
The counter includes time asleep: a laptop that wakes finds its windows free. Across boots only the wall clock can
tell how much time went by; where it went back, times from the future are taken for now.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from etl.clock import Clock, SystemClock

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def ticks(clock: Clock) -> Callable[[], float]:
    """Seconds since boot, the same in every process; the clock's own where one was handed in for tests."""
    if isinstance(clock, SystemClock) and hasattr(time, "CLOCK_BOOTTIME"):
        return lambda: time.clock_gettime(time.CLOCK_BOOTTIME)
    return clock.monotonic


def offset(clock: Clock) -> float:
    """What to add to `ticks` for seconds since 1970, by the wall clock of this moment."""
    return clock.now().timestamp() - ticks(clock)()


def boot(clock: Clock) -> str | None:
    """Which boot this is. None for a clock that was handed in: it shares its offset with nobody."""
    if not isinstance(clock, SystemClock):
        return None
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        # where the kernel gives no name, the time of the boot itself, to a minute
        return f"boot of minute {offset(clock) // 60:.0f}"
