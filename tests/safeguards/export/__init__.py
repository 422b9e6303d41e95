"""What keeps an export whole, bounded and inside its limits."""

from __future__ import annotations

from .answers import ANSWERS
from .cells import CELLS
from .credentials import CREDENTIALS
from .fields import FIELDS
from .files import FILES
from .limits import LIMITS
from .moves import MOVES
from .pages import PAGES
from .secrets import SECRETS
from .state import STATE
from .systems import SYSTEMS
from .tables import TABLES
from .times import TIMES
from .turns import TURNS

EXPORT = (
    *ANSWERS,
    *TURNS,
    *LIMITS,
    *MOVES,
    *PAGES,
    *TABLES,
    *TIMES,
    *SECRETS,
    *CREDENTIALS,
    *FILES,
    *STATE,
    *FIELDS,
    *CELLS,
    *SYSTEMS,
)
