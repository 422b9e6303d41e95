"""Keep the references of a store unique, among drawn and written records."""

from __future__ import annotations

from typing import Any

from etl.simulator.engine.answer import RefusedRequest
from etl.simulator.engine.store import RecordStore

Wire = dict[str, Any]


class References:
    """The index of a `field` of a store's records, or of an object `inside` them, built on first use."""

    def __init__(self, store: RecordStore, field: str, inside: str = "") -> None:
        self._store, self._field, self._inside = store, field, inside
        self._index: dict[str, set[int]] = {}
        self._complete = False
        store.watch(self._note)

    def check_unused(self, wire: Wire, but: int | None = None) -> None:
        """Raises RefusedRequest (409) where another record has the same reference; empty ones are never taken."""
        reference = self._of(self._store.respell(wire))
        if not reference:
            return
        if not self._complete:
            self._complete = True
            for key, drawn in self._store.drawn():
                self._note(key, drawn)
        for key in self._index.get(reference, ()):
            record = self._store.get(key)
            if key != but and record is not None and self._of(record) == reference:
                raise RefusedRequest(409, f"{self._field} is in use already.")

    def _note(self, key: int, wire: Wire) -> None:
        self._index.setdefault(self._of(wire), set()).add(key)

    def _of(self, wire: Wire) -> str:
        return str((wire[self._inside] if self._inside else wire).get(self._field) or "").strip()
