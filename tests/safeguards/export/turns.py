"""Calls that got leave together, and what the limits say meanwhile."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard


def turns(test: str) -> tuple[str, ...]:
    return (f"http/test_turn.py::test_{test}",)


TURNS = (
    Safeguard(
        "an answer that stops all calls is told at once, though its turn goes on",
        "etl/http/counted_request.py",
        "if answer.status in STOPS:",
        "if False:",
        (
            *turns("an_answer_that_stops_all_calls_stops_those_beside_its_turn_too"),
            *turns("after_an_answer_that_stops_all_calls_the_rest_of_a_turn_waits"),
        ),
        quick=True,
    ),
    Safeguard(
        "leave does not outlive a pause",
        "etl/http/turn.py",
        "if self._held and self._held[0].is_valid():",
        "if self._held:",
        turns("a_pause_between_the_two_is_heeded_and_the_second_knows_that_it_waited"),
        quick=True,
    ),
    Safeguard(
        "what has gone out is not asked for again",
        "etl/http/turn.py",
        "self._last = self._due.pop(0)",
        "self._last = self._due[0]",
        turns("what_has_gone_out_is_not_asked_for_again_after_a_pause"),
    ),
    Safeguard(
        "who waited in between knows it",
        "etl/http/turn.py",
        "self.together = not self._made",
        "self.together = True",
        turns("where_two_are_never_allowed_at_once_the_second_knows_that_it_waited"),
    ),
    Safeguard(
        "a reading that is repeated asks for all of its turn anew",
        "etl/http/client.py",
        "if turn is not None:\n                    await turn.again()",
        "if False:\n                    await turn.again()",
        turns("a_reading_that_is_repeated_asks_for_both_turns_anew"),
    ),
    Safeguard(
        "a hidden repeat asks for all of its turn anew",
        "etl/http/counted_request.py",
        "if self.attempts > 1:\n                await self.turn.again()",
        "if False:\n                await self.turn.again()",
        turns("the_hidden_repeat_of_a_reading_asks_for_both_turns_anew"),
    ),
    Safeguard(
        "what a turn did not use is given back",
        "etl/http/turn.py",
        "slot.unsent()",
        "pass",
        turns("what_is_not_used_is_given_back"),
    ),
    Safeguard(
        "who holds leave does not wait for those who wait for it",
        "etl/http/client.py",
        "async with self._gate if turn is None else nullcontext():",
        "async with self._gate:",
        turns("more_turns_than_the_client_has_room_for_do_not_wait_for_each_other"),
    ),
    Safeguard(
        "whoever comes first is not passed by others",
        "etl/budget/decision.py",
        "if free - calls >= together:",
        "if free >= together:",
        ("budget/test_budget_together.py",),
    ),
    Safeguard(
        "a part of a window is kept for who had to wait in it",
        "etl/budget/decision.py",
        "free -= held_for_others(state, now, requester.session, requester.priority, tight.room, seconds)",
        "pass",
        ("budget/test_budget_waiting.py::test_of_two_that_always_wait_neither_gets_under_40_percent",),
    ),
)
