"""References that a target keeps unique: whose a value is, among drawn and written records alike."""

from __future__ import annotations

from typing import Any

from etl.simulator.engine.answer import RefusedRequest
from etl.simulator.engine.store import RecordStore

Wire = dict[str, Any]


class References:
    """`field` of a store's records, `inside` an object of theirs. The index is made at the first question."""

    def __init__(self, store: RecordStore, field: str, inside: str = "") -> None:
        self._store, self._field, self._inside = store, field, inside
        self._index: dict[str, set[int]] = {}
        self._complete = False
        store.watch(self._note)

    def must_be_free(self, wire: Wire, but: int | None = None) -> None:
        """Raises Refusal (409) where another record has this one's reference; an empty one is nobody's."""
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
