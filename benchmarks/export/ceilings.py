"""Define what the exporter may cost; a benchmark that measures more fails.

The long form holds the exporter to its goals, and says where they are not reached yet; the short form, which runs on
machines that do other work too, to its present cost: ratios have a margin, memory needs none.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ratios:
    """Times the bare copy's wall and CPU seconds in the same rounds."""

    wall: float
    cpu: float


LONG = Ratios(wall=1.0, cpu=1.8)
SHORT = Ratios(wall=6.0, cpu=6.0)
PEAK_MB = 350.0
HELP_S = 0.3
EMPTY_S = 1.0
FASTER_THAN = {"dlt": 7.0, "airbyte": 7.0}
"""How many times less wall time than the peer it must take."""
LINEAR = 1.1
"""Wall time a row, and peak memory, of ten times the rows: at most that many times. Not asked of runs under
`STEADY_ROWS`, in which the start of a process counts."""
STEADY_ROWS = 500_000


@dataclass
class Verdicts:
    """The measurements against their ceilings, as lines; and whether all held."""

    lines: list[str] = field(default_factory=list)
    held: bool = True

    def at_most(self, what: str, value: float, ceiling: float, unit: str = "") -> None:
        self._add(what, value <= ceiling, f"{value:.2f}{unit}, at most {ceiling:g}{unit}")

    def at_least(self, what: str, value: float, floor: float, unit: str = "") -> None:
        self._add(what, value >= floor, f"{value:.2f}{unit}, at least {floor:g}{unit}")

    def _add(self, what: str, held: bool, figures: str) -> None:
        self.lines.append(f"{'holds' if held else 'FAILS'}  {what}: {figures}")
        self.held &= held
