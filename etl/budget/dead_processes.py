"""Settle the calls of dead processes: they may have reached the server, so they count as used.

Such a call holds its slot from its sending on, like any other. The latest time at which the server may have counted it
has two bounds: when its process was found dead, and the longest that a call of ours may take. The earlier of the two,
plus a second for what was still on its way, stands in for the answer.
"""

from __future__ import annotations

from collections.abc import Callable

from etl.budget.account_state import LATE_S, LONGEST_CALL_S, AccountState, process_of

GONE_S = 5.0
"""A waiting session that has not looked again for this long has stopped waiting."""


def reap(state: AccountState, now: float, is_gone: Callable[[str], bool | None]) -> int:
    """Settle the calls of dead sessions and return their number.

    `is_gone` returns None if the store cannot tell: then only a call's age is proof.
    """
    flights = state.facts.flights
    holders = [call.session for call in state.log.under_way.values()] + [one.session for one in flights.values()]
    sessions = {process_of(session) for session in holders}
    verdicts = {session: is_gone(session) for session in sessions}
    settled = 0
    for number, call in list(state.log.under_way.items()):
        oldest = call.sent + LONGEST_CALL_S
        gone = verdicts[process_of(call.session)]
        if gone or (gone is None and now > oldest):
            state.receive(number, min(now, oldest) + LATE_S)
            settled += 1
    for first, flight in list(flights.items()):
        gone, oldest = verdicts[process_of(flight.session)], flight.since + LONGEST_CALL_S
        if flight.ends is None and (gone or (gone is None and now > oldest)):
            flight.ends, state.dirty = now + LATE_S, True
        elif flight.ends is not None and now > flight.ends:
            state.land(int(first))
            settled += 1
    stale = [session for session, waiting in state.facts.waiting.items() if now > waiting.wakes + GONE_S]
    for session in stale:
        del state.facts.waiting[session]
        state.dirty = True
    return settled
