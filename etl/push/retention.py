"""Retention of personal data in the ledger: values are replaced by hashes after `keep_days`."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from urllib.parse import quote

from etl.clock import Clock
from etl.config.settings import Settings
from etl.errors import InputOutputError, TryLater
from etl.push.ownership.open_ledger import ledger_of, ledger_paths
from etl.runs.workspace import open_state
from etl.state.ledger import Ledger
from etl.state.ledger_retention import Forgotten
from etl.state.lock import hold

AT_ONCE = 20_000
"""The most rows redacted at the end of a push; `etl purge` does the rest."""


def forget_some(ledger: Ledger, settings: Settings, now: datetime) -> None:
    """Redact rows older than `keep_days` at the end of a push, which an input/output error here does not fail."""
    if settings.state.keep_days:
        with suppress(InputOutputError):
            ledger.forget(now - timedelta(days=settings.state.keep_days), AT_ONCE, again=False)


def forget_bodies(settings: Settings, clock: Clock) -> Forgotten:
    """Redact all that is older than `keep_days` (0: nothing), and remove every trace of it from the file, unless a push
    is running. Raises ConfigurationError for a ledger that cannot be relied on."""
    if not settings.state.keep_days or not ledger_paths(settings).ledger.exists():
        return Forgotten()
    before = clock.now() - timedelta(days=settings.state.keep_days)
    with open_state(settings) as state, ledger_of(settings, state, "", now=clock.now()) as ledger:
        gone = ledger.forget(before)
        if gone != Forgotten():
            with suppress(TryLater), ExitStack() as locks:
                names = {f"push {quote(known['target'], safe='')}" for known in ledger.targets()}
                locks.enter_context(hold(settings.state.dir / "locks", names))
                ledger.compact()
    return gone
