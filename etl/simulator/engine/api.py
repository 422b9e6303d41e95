"""The interface between the server and each simulated API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from etl.simulator.engine.answer import Answer, RefusedRequest
from etl.simulator.engine.call import IncomingCall
from etl.simulator.engine.clock import SimulatorClock
from etl.simulator.engine.journal import WriteEntry, WriteJournal


class Api(Protocol):
    @property
    def system(self) -> str: ...

    @property
    def schemes(self) -> tuple[str, ...]:
        """The authentication schemes that it accepts."""
        ...

    @property
    def ids(self) -> frozenset[str]:
        """The fields of its answers that identify a record."""
        ...

    def answer(self, call: IncomingCall) -> Answer:
        """Carry out the whole request and answer it. Raises RefusedRequest if it was not carried out."""
        ...

    def shown(self, call: IncomingCall) -> Answer:
        """Return the answer to an update with the record as it is now. Raises RefusedRequest where there is none."""
        ...

    def refuse(self, refusal: RefusedRequest) -> Answer:
        """Turn a refusal into an answer in the form of this API."""
        ...


@dataclass(frozen=True, slots=True)
class WriteRecorder:
    """Records the writes of one API in the journal."""

    system: str
    clock: SimulatorClock
    journal: WriteJournal
    tenant: str = ""

    def record(self, call: IncomingCall, outcome: str, key: int | str, body: Any) -> None:
        entry = WriteEntry(self.clock.now(), self.system, call.method, call.path, outcome, str(key), body, self.tenant)
        self.journal.entries.append(entry)


def path_id(text: str, message: str) -> int:
    """Parse the id in a path. Raises RefusedRequest (404) for anything but digits."""
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise RefusedRequest(404, message)
    return int(text)
