"""The call budget: never broken, never wasted, never forgotten.

Budget  ->  decision (may a call go out?)     ->  AccountState: log of calls, days, limits, pause, who waits
        ->  feedback (what an answer reports)       |
                                                  store: memory | SQLite | Redis
"""

from __future__ import annotations

from etl.budget.account_state import Priority
from etl.budget.attempt import STOPS
from etl.budget.budget import Budget
from etl.budget.forecast import Forecast, Quota, forecast, quotas
from etl.budget.key import key_of
from etl.budget.keyring import Keyring
from etl.budget.limits import WindowLimit, window_limits
from etl.budget.open import open_budget, open_store
from etl.budget.protocol import CallBudget, Slot, WaitNotice
from etl.budget.snapshot import LimitState, Snapshot
from etl.budget.store import BudgetStore, Memory, Shared

__all__ = [
    "STOPS",
    "Budget",
    "BudgetStore",
    "CallBudget",
    "Forecast",
    "Keyring",
    "LimitState",
    "Memory",
    "Priority",
    "Quota",
    "Shared",
    "Slot",
    "Snapshot",
    "WaitNotice",
    "WindowLimit",
    "forecast",
    "key_of",
    "open_budget",
    "open_store",
    "quotas",
    "window_limits",
]
