"""Two runs at once: the second ends at once with 75, and kill -9 of the first frees the lock."""

from __future__ import annotations

from . import judge
from .home import kill
from .rounds import Arena

TIMES = 3
"""A second run takes at most so many times as long as one that ends for its arguments: it starts, and does not wait."""
TRIES = 3
"""The best of them counts: the machine may be busy with something else."""


def contend(arena: Arena) -> list[str]:
    """What there is to complain of."""
    home = arena.home(aged=True)
    starting = home.run("no-such-account")
    home.visitor.held = True
    first = home.start()
    try:
        assert home.visitor.came.wait(20), "the first run asked for nothing"
        for _ in range(TRIES):
            second = home.run(timeout_s=TIMES * starting.seconds + 10)
            complaints = list(judge.refused_by_lock(second, TIMES * starting.seconds))
            if not complaints:
                break
    finally:
        kill(first)
        home.wait(first, began=0.0)
    home.visitor.held = False
    complaints += judge.whole(home, arena.old, arena.new(aged=True))
    complaints += judge.mended(home, home.run(), arena.new(aged=True))
    if not complaints:
        home.remove()
    return complaints
