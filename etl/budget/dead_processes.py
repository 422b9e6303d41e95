"""What became of the calls of a process that died: they may have reached the server, so they count as used.

Such a call holds its slot from its sending on, like any other. Until when the server may have stamped it is bounded
twice: by the moment its holder was found dead, and by the longest that a call of ours may take. Whichever comes first,
and a second for what was still on its way, stands for its answer.
"""

from __future__ import annotations

from collections.abc import Callable

from etl.budget.account_state import LATE_S, LONGEST_CALL_S, AccountState

GONE_S = 5.0
"""A session that waits and has not looked again for so long has stopped waiting."""


def reap(book: AccountState, now: float, is_gone: Callable[[str], bool | None]) -> int:
    """Settle the calls of dead sessions; how many there were.

    `is_gone` answers None where nobody can tell: then only a call's age is proof.
    """
    verdicts = {call.session: is_gone(call.session) for call in book.log.under_way.values()}
    settled = 0
    for number, call in list(book.log.under_way.items()):
        oldest = call.sent + LONGEST_CALL_S
        gone = verdicts[call.session]
        if gone or (gone is None and now > oldest):
            book.receive(number, min(now, oldest) + LATE_S)
            settled += 1
    stale = [session for session, waiting in book.facts.waiting.items() if now > waiting.wakes + GONE_S]
    for session in stale:
        del book.facts.waiting[session]
        book.dirty = True
    return settled
