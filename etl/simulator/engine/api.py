"""What the server needs of each simulated API, and what the APIs are given to work with."""

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
        """The kinds of credentials it takes."""
        ...

    @property
    def ids(self) -> frozenset[str]:
        """The fields of its answers that name a record."""
        ...

    def answer(self, call: IncomingCall) -> Answer:
        """Carries the request out, whole, and answers; raises Refusal where it is not carried out."""
        ...

    def shown(self, call: IncomingCall) -> Answer:
        """What the answer to an update shows, of the record as it is now; raises Refusal where there is none."""
        ...

    def refuse(self, refusal: RefusedRequest) -> Answer:
        """A refusal in the words and the envelope of this API."""
        ...


@dataclass(frozen=True, slots=True)
class WriteDesk:
    """Where an API's writes are entered."""

    system: str
    clock: SimulatorClock
    journal: WriteJournal
    tenant: str = ""

    def enter(self, call: IncomingCall, outcome: str, key: int | str, body: Any) -> None:
        entry = WriteEntry(self.clock.now(), self.system, call.method, call.path, outcome, str(key), body, self.tenant)
        self.journal.entries.append(entry)


def path_id(text: str, message: str) -> int:
    """The id in a path: plain digits, or there is no such thing."""
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise RefusedRequest(404, message)
    return int(text)
