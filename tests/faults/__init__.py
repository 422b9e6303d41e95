"""The faults that are tried, what comes of each, and the tests that hold it; docs/faults.md is generated from here."""

from __future__ import annotations

from .declare import Fault
from .disk import DISK
from .limits import LIMITS
from .pushing import PUSHING
from .reading import READING
from .signals import SIGNALS

GROUPS: dict[str, tuple[Fault, ...]] = {
    "Reading": READING,
    "Limits": LIMITS,
    "Disk, process and state": DISK,
    "Pushing": PUSHING,
    "Signals, secrets and settings": SIGNALS,
}
