"""Give all processes of a machine one clock that never jumps and continues across restarts.

    steady = seconds since boot + offset        the offset is the wall clock's, taken once a boot by the first process

Within a boot every process reads the same counter, so setting the wall clock neither frees nor holds a slot.
The counter includes suspended time: a laptop that wakes finds its windows free. Across boots only the wall clock can
tell how much time has passed: if it went back, the counter goes on from the last call, and whether it went ahead, the
first answer tells (etl.budget.feedback).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from etl.clock import Clock, SystemClock

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def ticks(clock: Clock) -> Callable[[], float]:
    """Seconds since boot, the same in every process; for a clock passed in by tests, its own."""
    if isinstance(clock, SystemClock) and hasattr(time, "CLOCK_BOOTTIME"):
        return lambda: time.clock_gettime(time.CLOCK_BOOTTIME)
    return clock.monotonic


def offset(clock: Clock) -> float:
    """What to add to `ticks` to get seconds since 1970, by the wall clock now."""
    return clock.now().timestamp() - ticks(clock)()


def boot(clock: Clock) -> str | None:
    """The id of this boot. None for a clock passed in by tests, which shares its offset with nobody."""
    if not isinstance(clock, SystemClock):
        return None
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        # without an id from the kernel, the boot's own time, to a minute
        return f"boot of minute {offset(clock) // 60:.0f}"
