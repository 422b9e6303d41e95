"""Log calls, and count them in sliding windows. Pure: the time is a parameter.

    sent ........ arrives at the server ........ answered ........ answered + W
    |<------------- under way: holds its slot ---->|<-- stamped: holds it -->| free

The server counts a call somewhere between its sending and its answer, so its slot in a window of W seconds is certainly
free only W after the answer. Until then it counts in every window at once: one log serves any number of them.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections import Counter
from operator import itemgetter
from typing import NamedTuple

DRIFT = 1e-4
"""How much longer than ours the server's second may be: every window is extended by that."""

FAIR_S = 60.0
"""How far back a session's share is measured."""


class UnderWay(NamedTuple):
    """A call that was sent and, according to this log, not yet answered."""

    session: str
    sent: float


def width(seconds: float) -> float:
    """How long after its answer a call is certainly out of a window of this length."""
    return seconds * (1 + DRIFT)


class SlidingWindow:
    """The calls that may still count: `under_way` by number, and a time stamp for every answered one, oldest first."""

    def __init__(self) -> None:
        self.under_way: dict[int, UnderWay] = {}
        self._stamps: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self.under_way) + len(self._stamps)

    def send(self, number: int, session: str, at: float) -> None:
        self.under_way[number] = UnderWay(session, at)

    def receive(self, number: int, session: str, at: float) -> None:
        """Log that a call was answered or given up: the server may have counted it until then."""
        self.under_way.pop(number, None)
        insort(self._stamps, (at, session))

    def withdraw(self, number: int) -> None:
        """Remove a call that certainly never reached the server."""
        self.under_way.pop(number, None)

    def newest(self) -> float:
        """When a call was last sent or answered; 0 for never."""
        sent = [call.sent for call in self.under_way.values()]
        return max(sent + [at for at, _ in self._stamps[-1:]], default=0.0)

    def forget(self, before: float) -> None:
        """Drop the stamps up to that time."""
        del self._stamps[: bisect_right(self._stamps, before, key=itemgetter(0))]

    def lines(self) -> list[tuple[int, str, float, float | None]]:
        """The whole log as number, session, sent, received; an answered call has number 0 and sent = received."""
        under_way = [(number, call.session, call.sent, None) for number, call in self.under_way.items()]
        return [*under_way, *((0, session, at, at) for at, session in self._stamps)]

    def bring_to(self, now: float) -> None:
        """Set stamps in the future to now."""
        self._stamps = sorted((min(at, now), session) for at, session in self._stamps)

    def after(self, at: float) -> int:
        """How many calls the server may have counted after that time."""
        return len(self.under_way) + len(self._stamps) - bisect_right(self._stamps, at, key=itemgetter(0))

    def used(self, seconds: float, now: float) -> int:
        """How many calls may count in a window of this length that ends now."""
        return self.after(now - width(seconds))

    def free_at(self, seconds: float, room: int, now: float, together: int = 1) -> float:
        """When a window with that much room has space for `together` more calls at once; minus infinity means now.

        If too many are under way it cannot be known: the time is then the earliest at which one of them may be out.
        """
        first = bisect_right(self._stamps, now - width(seconds), key=itemgetter(0))
        excess = len(self.under_way) + len(self._stamps) - first - room + together
        if excess <= 0:
            return -math.inf
        if room < together or excess > len(self._stamps) - first:
            return now + width(seconds)
        return self._stamps[first + excess - 1][0] + width(seconds)

    def shares(self, now: float, seconds: float) -> Counter[str]:
        """Each session's calls in the last `seconds`, including those under way."""
        recent = self._stamps[bisect_right(self._stamps, now - seconds, key=itemgetter(0)) :]
        shares = Counter(session for _, session in recent)
        shares.update(call.session for call in self.under_way.values())
        return shares
