"""Tell what came of the promises: a score, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from etl.conformance.checks import Result
from etl.errors import RowsRejected
from etl.simulator.vendors import vendors
from etl.systems.declare import System

HELD, BROKEN = "held", "broken"
DERIVED, OWN = "derived from the declaration", "of its own"


def exit_code(results: Sequence[Result]) -> int:
    """0 where every promise holds that applies; else that of work that is done, but not wholly."""
    return RowsRejected.exit_code if any(result.outcome == BROKEN for result in results) else 0


def score(results: Sequence[Result]) -> tuple[int, int]:
    """How many promises hold, and of how many that apply."""
    applied = [result for result in results if result.outcome in (HELD, BROKEN)]
    return sum(result.outcome == HELD for result in applied), len(applied)


def as_dict(system: System, results: Sequence[Result]) -> dict[str, Any]:
    """The JSON object that the command ends with."""
    held, of = score(results)
    code = exit_code(results)
    wrong = f"{of - held} of {of} promises are broken." if of > held else None
    return {
        "command": "conformance",
        "status": "failed" if code else "complete",
        "exit_code": code,
        "system": system.id,
        "score": {"held": held, "of": of},
        "simulator": {"streams": DERIVED, "targets": OWN if system.id in vendors() else DERIVED},
        "checks": [asdict(result) for result in results],
        "error": wrong,
    }
