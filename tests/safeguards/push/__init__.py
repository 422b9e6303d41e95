"""What keeps a push from losing a row, making one twice, or writing to what is not ours."""

from __future__ import annotations

from .kept import LEDGER, MERGING, UNDO
from .lists import LISTS
from .plain import PLAIN
from .seen import LOOKING, PROOF
from .sending import ANSWERS, INTENT
from .shops import SHOPS
from .whose import OWNERSHIP, STRANGERS

PUSH = (*OWNERSHIP, *STRANGERS, *INTENT, *ANSWERS, *PROOF, *LOOKING, *LISTS, *MERGING, *UNDO, *LEDGER, *PLAIN, *SHOPS)
