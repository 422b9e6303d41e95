"""The ledger as people see it: which targets it knows, and the handing over of one's entries to another."""

from __future__ import annotations

from urllib.parse import quote

from etl.clock import SystemClock
from etl.config.settings import Settings
from etl.errors import UsageError
from etl.push.order import Destination
from etl.push.ownership.aliases import Known, known_targets, pick
from etl.push.ownership.open_ledger import ledger_of, place_of
from etl.runs.workspace import open_state
from etl.state.lock import hold


def targets_of(settings: Settings) -> list[Known]:
    """Every target with entries in the ledger; none where there is no ledger yet."""
    if not place_of(settings).ledger.exists():
        return []
    with open_state(settings) as state, ledger_of(settings, state, "", now=SystemClock().now(), touch=False) as ledger:
        return known_targets(ledger, settings)


def old_target(settings: Settings, wanted: str, destination: Destination) -> Known:
    """The target that is to be handed over. Raises UsageError for one that is not known, or cannot be this one."""
    old = pick(targets_of(settings), wanted)
    system, _, _, stream = old.parts
    if old.target == destination.key:
        raise UsageError(f"{old.target} is {destination.name} already.")
    if stream != destination.target.name or system not in ("", destination.account.system):
        raise UsageError(
            f"{old.target} cannot be {destination.name}: that is {destination.target.name} of "
            f"{destination.account.system}."
        )
    return old


def hand_over(settings: Settings, old: Known, destination: Destination) -> int:
    """Make the entries of a target another's; how many. Raises UsageError where both have some of the same rows,
    TryLater where a push is under way at either."""
    locks = [f"push {quote(key, safe='')}" for key in (old.target, destination.key)]
    with (
        hold(settings.state.dir / "locks", locks),
        open_state(settings) as state,
        ledger_of(settings, state, destination.key, now=SystemClock().now()) as ledger,
    ):
        try:
            return ledger.rename(old.target, destination.key)
        except ValueError as error:
            raise UsageError(
                f"{old.target} is not handed over to {destination.name}: {error}.",
                remedy="Rows were pushed to both. Nothing was changed.",
            ) from None
