"""What can be set on a simulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Faults = Path | str | Sequence[Mapping[str, Any]] | None


@dataclass(frozen=True, slots=True)
class Options:
    """Limits are per credential; None means no limit. Only CycleSoftware has limits of its own."""

    rows: int = 1000  # customers, contacten and invoicing contacts to start with: so many of each
    products: int | None = None  # as many as rows
    seed: int = 1
    port: int = 0  # 0: any free one
    faults: Faults = None  # a TOML or JSON file, or its rules

    per_minute: int | None = 360
    per_day: int | None = 15_000
    recras_per_minute: int | None = None
    recras_per_day: int | None = None
    invoicing_per_minute: int | None = None
    invoicing_per_day: int | None = None
    minute_seconds: float = 60.0  # rehearsals need not wait for real minutes and days
    day_seconds: float | None = None  # None: the day ends at midnight in Amsterdam

    page_size: int = 500  # of CycleSoftware's list
    tenants: bool = False  # each user and each key has a shop of its own on this one host
    unique_references: bool = False  # a reference that another record has is refused with 409
    respell: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by store and field: see respelling.py
    klanten_id_inclusive: bool = True  # whether `id>` lets the named id itself through
    contacten_redirects: bool = True  # GET contacten/ID sends on to klanten and leveranciers
    latency_s: float = 0.0  # before each answer
    clock_offset_s: float = 0.0  # a server whose clock is off

    def spelling(self, store: str) -> Mapping[str, str]:
        """How a store, by `system.stream`, spells its fields."""
        return self.respell.get(store, {})

    def __post_init__(self) -> None:
        for name in ("rows", "products", "page_size", "latency_s"):
            value = getattr(self, name)
            if value is not None and value < (1 if name == "page_size" else 0):
                raise ValueError(f"The simulator's {name} cannot be {value}.")
        for name in ("minute_seconds", "day_seconds"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"The simulator's {name} must be more than nought, not {value}.")
