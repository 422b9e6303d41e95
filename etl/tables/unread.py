"""Count the records that came and could not be read, by their ids."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from etl.decode.erased import ONLY_MARK
from etl.decode.fast import Decoded
from etl.decode.strict import Misfit
from etl.systems.declare import Stream


@dataclass
class Unread:
    """`keys` are their ids; of `keyless` others the id cannot be read either. `first` says what is wrong with one."""

    keys: set[str] = field(default_factory=set)
    keyless: int = 0
    first: str = ""

    @classmethod
    def among(cls, decoded: Iterable[Decoded], stream: Stream) -> Unread:
        unread = cls()
        for part in decoded:
            for misfit in part.misfits:
                unread.add(misfit, stream)
        return unread

    def add(self, misfit: Misfit, stream: Stream) -> None:
        if misfit.raw == ONLY_MARK:
            return
        if misfit.key:
            self.keys.add(misfit.key)
        else:
            self.keyless += 1
        self.first = self.first or _explain(misfit, stream)

    def __len__(self) -> int:
        return len(self.keys) + self.keyless

    def beyond(self, known: Unread) -> int:
        """How many there are besides those known."""
        return len(self.keys - known.keys) + max(self.keyless - known.keyless, 0)


def _explain(misfit: Misfit, stream: Stream) -> str:
    """What is wrong, with the field if it is a declared one: another name may be anything, even a person's."""
    declared = re.split(r"[.\[]", misfit.field)[0] in stream.wire
    return f"{misfit.field}: {misfit.reason}" if declared else misfit.reason
