"""Which tests are to notice a fault in which module: those of the longest path that a module begins with.

A module gets tests of its own where those of its whole folder take minutes: mutmut runs them once to see which of them
call which function, and then, for each change, the ones that call the changed function.
"""

from __future__ import annotations

TESTS: dict[str, tuple[str, ...]] = {
    "etl/http": ("tests/http",),
    "etl/http/retry.py": ("tests/http/test_retry.py",),
    "etl/http/judge.py": ("tests/http/test_judge.py",),
    "etl/budget": ("tests/budget",),
    "etl/budget/sliding_window.py": ("tests/budget/test_sliding_window.py",),
    "etl/budget/decision.py": ("tests/budget/test_decision.py",),
    "etl/decode": ("tests/test_decode.py", "tests/test_envelope.py", "tests/extract/test_cutting.py"),
    "etl/decode/envelope.py": ("tests/test_envelope.py",),
    "etl/push": ("tests/push", "tests/targets"),
    "etl/push/diff/diff.py": ("tests/push/test_compare.py", "tests/push/test_diff_properties.py"),
    "etl/push/diff/three_way.py": ("tests/push/test_three_way.py",),
    "etl/push/dispatch/proof.py": ("tests/push/test_proof.py",),
    "etl/push/reconcile/search.py": ("tests/push/test_search.py",),
}
CENTRAL = (
    "etl/http/retry.py",
    "etl/http/judge.py",
    "etl/push/dispatch/proof.py",
    "etl/push/diff/three_way.py",
    "etl/push/diff/diff.py",
    "etl/push/reconcile/search.py",
    "etl/budget/sliding_window.py",
    "etl/budget/decision.py",
    "etl/decode/envelope.py",
)
"""Small modules in which a fault that no test notices would lose or repeat something."""


def tests_of(module: str) -> tuple[str, ...]:
    """The tests of a module, or of all modules of a folder."""
    fitting = [path for path in TESTS if module == path or module.startswith(f"{path}/")]
    return TESTS[max(fitting, key=len)] if fitting else ()
