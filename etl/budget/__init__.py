"""The call budget: never broken, never wasted, never forgotten.

Budget  ->  turn (may a call go out?)  ->  book: log of stamps, days, limits, pause, who waits
        ->  learn (what an answer told)        |
                                             store: memory | SQLite | Redis
"""

from __future__ import annotations

from etl.budget.attempt import STOPS
from etl.budget.book import Priority
from etl.budget.budget import Budget
from etl.budget.call_budget import CallBudget, Slot, Waiting
from etl.budget.forecast import Forecast, Quota, forecast, quotas
from etl.budget.key import key_of
from etl.budget.opening import open_budget, open_store
from etl.budget.snapshot import Snapshot, Standing
from etl.budget.store import Memory, Shared, Store
from etl.budget.terms import Term, terms

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
