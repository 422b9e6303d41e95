"""docs/faults.md says what is tried: it is generated, and each test that it names exists."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.faults import GROUPS
from tests.faults.declare import Fault
from tests.faults.page import PAGE, page

TESTS = Path(__file__).parent
FAULTS = [fault for faults in GROUPS.values() for fault in faults]


def test_the_page_is_what_the_declarations_generate() -> None:
    assert PAGE.read_text("utf-8") == page(GROUPS), "write it: python -m tests.faults --write"


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_the_tests_of_a_fault_exist(fault: Fault) -> None:
    for test in fault.tests:
        file, _, name = test.partition("::")
        tree = ast.parse((TESTS / file).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_no_fault_is_named_twice() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
