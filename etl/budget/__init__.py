"""The call budget: never broken, never wasted, never forgotten.

Budget  ->  turn (may a call go out?)  ->  book: log of stamps, days, limits, pause, who waits
        ->  learn (what an answer told)        |
                                             store: memory | SQLite | Redis
"""

from __future__ import annotations

from etl.budget.account_state import Priority
from etl.budget.attempt import STOPS
from etl.budget.budget import Budget
from etl.budget.forecast import Forecast, Quota, forecast, quotas
from etl.budget.key import key_of
from etl.budget.limits import Term, terms
from etl.budget.open import open_budget, open_store
from etl.budget.protocol import CallBudget, Slot, Waiting
from etl.budget.snapshot import Snapshot, Standing
from etl.budget.store import Memory, Shared, Store

__all__ = [
    "STOPS",
    "Budget",
    "CallBudget",
    "Forecast",
    "Memory",
    "Priority",
    "Quota",
    "Shared",
    "Slot",
    "Snapshot",
    "Standing",
    "Store",
    "Term",
    "Waiting",
    "forecast",
    "key_of",
    "open_budget",
    "open_store",
    "quotas",
    "terms",
]
