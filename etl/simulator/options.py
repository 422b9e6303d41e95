"""The options of a simulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Faults = Path | str | Sequence[Mapping[str, Any]] | None


@dataclass(frozen=True, slots=True)
class Options:
    """Limits are per credential; None means no limit. CycleSoftware and Moneybird have default limits."""

    rows: int = 1000  # initial customers, contacten and contacts, of each
    products: int | None = None  # as many as rows
    seed: int = 1
    port: int = 0  # 0: any free port
    faults: Faults = None  # a TOML or JSON file, or a list of rules

    per_minute: int | None = 360
    per_day: int | None = 15_000
    recras_per_minute: int | None = None
    recras_per_day: int | None = None
    invoicing_per_minute: int | None = None
    invoicing_per_day: int | None = None
    moneybird_per_5_minutes: int | None = 150
    minute_seconds: float = 60.0  # shorter in rehearsals
    day_seconds: float | None = None  # None: the day ends at midnight in Amsterdam

    page_size: int = 500  # of CycleSoftware's list
    tenants: bool = False  # each user and each key has a shop of its own on this host
    unique_references: bool = False  # refuse a reference that another record has with 409
    respell: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by store and field: see respelling.py
    klanten_id_inclusive: bool = True  # whether `id>` includes the given id
    contacten_redirects: bool = True  # GET contacten/ID redirects to klanten and leveranciers
    latency_s: float = 0.0  # before each answer
    clock_offset_s: float = 0.0  # of the server's clock

    def spelling(self, store: str) -> Mapping[str, str]:
        """Return how a store, by `system.stream`, respells its fields."""
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
