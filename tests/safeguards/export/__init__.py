"""What keeps an export whole, bounded and inside its limits."""

from __future__ import annotations

from .answers import ANSWERS
from .files import FILES
from .secrets import SECRETS
from .state import STATE
from .tables import TABLES
from .times import TIMES
from .turns import TURNS

EXPORT = (*ANSWERS, *TURNS, *TABLES, *TIMES, *SECRETS, *FILES, *STATE)
