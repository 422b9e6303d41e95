"""Hold the rows of one collection: drawn from the seed until they are written, and stored from then on.

Ids ascend in even steps, and a new row gets the next one. Written rows are stored as the bytes that are sent, so that a
caller who got a row cannot change the stored one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

Wire = dict[str, Any]


class RecordStore:
    """The rows of a collection. `respell` changes a row before it is stored; drawn rows are not changed."""

    def __init__(
        self,
        *,
        first_id: int,
        step: int = 1,
        rows: int,
        draw: Callable[[int], Wire],
        respell: Callable[[Wire], Wire] = lambda wire: wire,
    ) -> None:
        self.first_id, self.step, self.rows, self.respell = first_id, step, rows, respell
        self.version = 0
        self._draw = draw
        self._written: dict[int, bytes] = {}
        self._removed: set[int] = set()
        self._created: dict[int, float] = {}
        self._next_id = first_id + rows * step
        self._ids: tuple[int, Sequence[int]] = (0, range(first_id, self._next_id, step))
        self._watchers: list[Callable[[int, Wire], None]] = []

    def __contains__(self, key: int) -> bool:
        is_one = self.first_id <= key < self._next_id and (key - self.first_id) % self.step == 0
        return is_one and key not in self._removed

    def ids(self) -> Sequence[int]:
        """Return the ids of all rows, ascending: a snapshot, not to be changed."""
        version, ids = self._ids
        if version != self.version:
            everything = range(self.first_id, self._next_id, self.step)
            ids = [key for key in everything if key not in self._removed] if self._removed else everything
            self._ids = (self.version, ids)
        return ids

    def settled_ids(self, before: float) -> Sequence[int]:
        """Return the ids without those of rows created after that time: those in a list that lags behind."""
        late = {key for key, created in self._created.items() if created > before}
        return [key for key in self.ids() if key not in late] if late else self.ids()

    def get(self, key: int) -> Wire | None:
        if key not in self:
            return None
        written = self._written.get(key)
        return self._draw(self._row(key)) if written is None else orjson.loads(written)

    def render(self, key: int) -> bytes:
        written = self._written.get(key)
        return orjson.dumps(self._draw(self._row(key))) if written is None else written

    def _row(self, key: int) -> int:
        return (key - self.first_id) // self.step

    def drawn(self) -> Iterator[tuple[int, Wire]]:
        """Yield the rows that were never written."""
        for row in range(self.rows):
            key = self.first_id + row * self.step
            if key not in self._written and key not in self._removed:
                yield key, self._draw(row)

    def is_written(self, key: int) -> bool:
        return key in self._written

    def watch(self, watcher: Callable[[int, Wire], None]) -> None:
        """Call the watcher for each row that is written from now on."""
        self._watchers.append(watcher)

    def reserve(self) -> int:
        """Return the id that the next added row will have."""
        return self._next_id

    def add(self, wire: Wire, at: float) -> int:
        key = self._next_id
        self._next_id += self.step
        self._created[key] = at
        self.put(key, wire)
        return key

    def put(self, key: int, wire: Wire) -> None:
        wire = self.respell(wire)
        self._written[key] = orjson.dumps(wire)
        self.version += 1
        for watcher in self._watchers:
            watcher(key, wire)

    def remove(self, key: int) -> None:
        """Remove a row; its bytes are kept for lists that are being sent."""
        self._removed.add(key)
        self.version += 1
