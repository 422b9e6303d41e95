"""`etl ledger`: list the ledger's targets, and hand the entries of one over to another."""

from __future__ import annotations

from urllib.parse import quote

from etl.clock import SystemClock
from etl.config.settings import Settings
from etl.errors import UsageError
from etl.push.ownership.aliases import LedgerTarget, known_targets, pick
from etl.push.ownership.open_ledger import ledger_of, ledger_paths
from etl.push.push_order import Destination
from etl.runs.workspace import open_state
from etl.state.lock import hold


def targets_of(settings: Settings) -> list[LedgerTarget]:
    """List every target with entries in the ledger; none if there is no ledger yet."""
    if not ledger_paths(settings).ledger.exists():
        return []
    with open_state(settings) as state, ledger_of(settings, state, "", now=SystemClock().now(), touch=False) as ledger:
        return known_targets(ledger, settings)


def old_target(settings: Settings, wanted: str, destination: Destination) -> LedgerTarget:
    """Find the target to hand over. Raises UsageError for one that is unknown, or cannot be this destination."""
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


def hand_over(settings: Settings, old: LedgerTarget, destination: Destination) -> int:
    """Hand the entries of a target over to another; returns how many. Raises UsageError where both have entries of the
    same row, TryLater where a push is running at either."""
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
