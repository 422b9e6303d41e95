"""The house: which module may import which, who alone opens sockets and databases, and how large a module is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ETL = Path(__file__).parent.parent / "etl"

FLOORS: tuple[tuple[str, ...], ...] = (
    ("etl", "etl.errors", "etl.clock", "etl.regular_file", "etl.scrub"),
    ("etl.records", "etl.systems.declare", "etl.decode.decompress"),
    ("etl.normalise",),
    ("etl.systems",),
    ("etl.config", "etl.records.schemas"),
    ("etl.state", "etl.http", "etl.budget"),
    (
        "etl.decode",
        "etl.tables.write",
        "etl.tables.xlsx",
        "etl.tables.dialect",
        "etl.tables.flat",
        "etl.tables.headers",
        "etl.tables.read_table",
        "etl.tables.form",
        "etl.tables.header_row",
        "etl.tables.synonyms",
        "etl.tables.synonym_words",
        "etl.tables.known_columns",
        "etl.tables.odd_csv",
        "etl.tables.text_of_csv",
        "etl.tables.read_apart",
        "etl.tables.apart",
    ),
    ("etl.paginate",),
    ("etl.tables", "etl.extract"),
    ("etl.person",),
    ("etl.runs",),
    ("etl.push",),
    ("etl.plan", "etl.new_system"),
    ("etl.library",),
    ("etl.simulator",),
    ("etl.conformance",),
    ("etl.cli", "etl.airflow", "etl.__main__"),
)
"""From the ground up: a module imports from its own floor and from those below, and never in a circle."""

LARGEST = 300


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(ETL.rglob("*.py")):
        parts = path.relative_to(ETL.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text("utf-8"))


def imported(name: str) -> Iterator[str]:
    """The modules that a module imports, also inside functions, but not only for type checkers."""
    skipped = {
        inner
        for node in ast.walk(tree(name))
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for part in node.body
        for inner in ast.walk(part)
    }
    for node in ast.walk(tree(name)):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{name} imports relatively"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


def floor(name: str) -> int:
    """The floor of a module: that of its longest prefix in the table."""
    places = [
        (len(prefix), n)
        for n, row in enumerate(FLOORS)
        for prefix in row
        if prefix != "etl" or name == "etl"
        if name == prefix or name.startswith(f"{prefix}.")
    ]
    assert places, f"{name} has no place in the table of floors"
    return max(places)[1]


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_down(name: str) -> None:
    for other in imported(name):
        if other in MODULES:
            assert floor(other) <= floor(name), f"{name} imports {other}, which stands above it"


def test_no_imports_go_in_circles() -> None:
    graph = {name: {other for other in imported(name) if other in MODULES and other != name} for name in MODULES}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name not in done:
            for other in graph[name]:
                visit(other, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def importers(package: str) -> set[str]:
    return {name for name in MODULES if any(other.split(".")[0] == package for other in imported(name))}


def test_only_the_http_client_and_the_simulator_speak_http() -> None:
    names = ("answer", "client", "connector", "counted_request", "credential", "send", "token_endpoint")
    allowed = {f"etl.http.{name}" for name in names}
    assert {name for name in importers("aiohttp") if not name.startswith("etl.simulator")} <= allowed
    for other in ("httpx", "requests", "urllib3", "http"):
        assert {name for name in importers(other) if not name.startswith("etl.simulator")} == set()


def test_only_the_state_opens_a_database() -> None:
    assert {name for name in importers("sqlite3") if not name.startswith(("etl.state.", "etl.budget."))} == set()


def test_a_run_begins_and_ends_in_one_place() -> None:
    called = {
        (name, node.attr)
        for name in MODULES
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and node.attr in ("begin_run", "end_run")
    }
    assert called == {("etl.runs.lifecycle", "begin_run"), ("etl.runs.lifecycle", "end_run")}


@pytest.mark.parametrize("name", MODULES)
def test_a_cancellation_carries_no_text(name: str) -> None:
    told = [
        node.lineno
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "cancel"
        if node.args or node.keywords
    ]
    assert told == []


def users_of(module: str, *names: str) -> set[str]:
    """The modules that import one of these names from another."""
    return {
        user
        for user in MODULES
        for node in ast.walk(tree(user))
        if isinstance(node, ast.ImportFrom) and node.module == module
        if {alias.name for alias in node.names} & set(names)
    }


def test_exports_and_pushes_are_paged_by_the_same_walk() -> None:
    assert users_of("etl.paginate", "walk") == {"etl.extract.commit", "etl.push.reconcile.target_list"}
    borrowed = {
        name for name in MODULES if name.startswith("etl.push") for other in imported(name) if "extract" in other
    }
    assert borrowed == set(), "neither knows the other"


def test_what_is_printed_passes_one_module() -> None:
    """It takes secrets out. What the shell completes with is the program's own."""
    told = {
        name
        for name in MODULES
        if name.startswith("etl.cli.")
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "click.echo", "sys.stdout.write")
    }
    assert told == {"etl.cli.output", "etl.cli.completion"}


def test_an_answer_is_judged_by_one_function() -> None:
    """What stands around the records of a list is all that is judged without its answer."""
    assert users_of("etl.http.judge", "judge") == {"etl.paginate.check"}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_fits_on_a_few_screens(name: str) -> None:
    path = str(MODULES[name].relative_to(ETL.parent))
    lines = len(MODULES[name].read_text("utf-8").splitlines())
    assert lines <= LARGEST, f"{path} has {lines} lines"


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_what_it_is_for(name: str) -> None:
    assert ast.get_docstring(ast.parse(MODULES[name].read_text("utf-8"))) or not MODULES[name].read_text("utf-8")


ARCHITECTURE = (ETL.parent / "docs" / "architecture.md").read_text("utf-8")


def test_every_file_that_the_guide_to_the_architecture_names_is_there() -> None:
    named = {*re.findall(r"\betl/[\w/]+\.py", ARCHITECTURE)}
    drawn = re.findall(
        r"(?<![\w/>])((?:cli|runs|paginate|extract|http|budget|state|decode|tables|push)/\w[\w/]*\.py)", ARCHITECTURE
    )
    assert len(named) > 20
    assert len(drawn) > 20
    missing = [
        path for path in sorted({*named, *(f"etl/{path}" for path in drawn)}) if not (ETL.parent / path).is_file()
    ]
    assert missing == []


def test_the_guide_to_the_architecture_has_every_room_on_its_floor() -> None:
    """Rooms stand in the table in the order of their floors."""
    table = ARCHITECTURE[ARCHITECTURE.index("| room |") : ARCHITECTURE.index("## A page")]
    rooms = re.findall(r"`etl/(\w+)/`", table)
    assert set(rooms) == {path.name for path in ETL.iterdir() if (path / "__init__.py").is_file()}
    floors = [floor(f"etl.{room}") for room in rooms]
    assert floors == sorted(floors)
