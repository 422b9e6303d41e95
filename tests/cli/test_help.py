"""The command line before it does anything: help at once, and wrong usage told with what is right."""

from __future__ import annotations

import inspect
import os
import re
import resource
import statistics
import subprocess
import sys
from pathlib import Path

import click
import pytest

from etl import errors
from etl.cli.main import EPILOG, etl
from tests.cli import surface
from tests.support.plugins import CRM, install
from tests.support.scripted import Answer, Server
from tests.support.workplace import BIKES, ETL, PARK, Project

COMMON = {"--config", "--json", "--quiet", "--log-format"}
CALLS = {"check", "export", "get", "find"}


def commands() -> dict[str, click.Command]:
    """Every command by its full name; a group stands for its own."""
    found: dict[str, click.Command] = {}
    for name, command in etl.commands.items():
        inner = command.commands if isinstance(command, click.Group) else {"": command}
        found |= {f"{name} {under}".strip(): one for under, one in inner.items()}
    return found


@pytest.mark.parametrize("name", commands())
def test_every_command_and_every_option_has_help_and_the_common_options(name: str) -> None:
    command = commands()[name]
    assert command.help and command.help.splitlines()[0].endswith(".")
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert all(option.help for option in options)
    given = {flag for option in options for flag in option.opts}
    assert given >= COMMON
    assert ("--wait" in given) >= (name in CALLS)


@pytest.mark.parametrize("plugins", [0, 5])
def test_help_costs_little_more_than_the_library_that_prints_it(plugins: int, tmp_path: Path) -> None:
    site = tmp_path / "site"
    markers = [install(site, CRM, name=f"contact_crm_{n}", system=f"crm{n}") for n in range(plugins)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}

    def cpu_s(command: list[str]) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    readings = [(cpu_s([str(ETL), "--help"]), cpu_s([sys.executable, "-c", "import click"])) for _ in range(7)]
    ours, least = (statistics.median(one) for one in zip(*readings, strict=True))
    assert ours < 4 * least
    assert not any(marker.exists() for marker in markers), "only what metadata says is read"


def test_commands_and_sources_are_those_that_users_know() -> None:
    """A change of these is a change for users: `python -m tests.cli.surface` takes it over, the changelog says it."""
    assert surface.help_of(sorted(commands())) == surface.HELP.read_text("utf-8")
    assert surface.sources() == surface.SOURCES.read_text("utf-8")


@pytest.mark.parametrize("arguments", [["--help"], ["export", "--help"], ["--version"]])
def test_help_imports_neither_polars_nor_aiohttp(arguments: list[str]) -> None:
    script = (
        "import sys\nfrom etl.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "heavy = {'polars', 'aiohttp', 'pyarrow', 'pydantic', 'asyncio', 'rich', 'orjson'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", script, *arguments], check=True, capture_output=True, text=True)
    assert ran.stderr.strip() == "[]"


def test_the_exit_codes_in_the_help_are_those_of_the_errors() -> None:
    listed = {int(code) for code in re.findall(r"^  (\d+)", EPILOG, re.MULTILINE)} | {143}
    tree = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.EtlError)]
    assert listed == {kind.exit_code for kind in tree} | {0, 130, 143, 74}
    assert "143 terminated" in EPILOG


def test_the_error_tree_in_the_docstring_is_the_tree() -> None:
    drawn = dict(re.findall(r"── (\w+)\s+(\d\d)", errors.__doc__ or ""))
    tree = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.EtlError)]
    assert drawn == {kind.__name__: str(kind.exit_code) for kind in tree if kind is not errors.EtlError}
    assert {kind.__name__ for kind in tree if kind.waiting_helps} == {"TryLater", "BudgetSpent"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["exprot"], "export"),
        (["export", "--fromat", "csv"], "--format"),
        (["export"], "--out"),
        (["export", "--out", "out", "--format", "pdf"], "parquet"),
        (["get", "bikes.customers"], "ID"),
        (["simulate", "--port", "many"], "--port"),
        ([], "Usage: etl"),
    ],
)
def test_wrong_usage_is_64_and_names_what_is_right(arguments: list[str], says: str, project: Project) -> None:
    ran = project.cli(*arguments)
    assert (ran.code, ran.out) == (64, "")
    assert says in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["export", "shop", "--out", "out"], "There are bikes, park"),
        (["export", "bikes.clients", "--out", "out"], "It has customers"),
        (["replay", "park.customers", "--out", "out"], "It has contacten, klanten, producten"),
        (["check", "shop"], "There are bikes, park"),
        (["get", "bikes", "1"], "Write bikes.customers"),
        (["find", "park.contacten", "--email", "a@example.nl"], "cannot be searched"),
        (["find", "bikes.customers"], "--email"),
        (["export", "--since", "yesterday", "--out", "out"], "2026-01-31"),
        (["status", "20200101T000000Z-abc"], "no run"),
    ],
)
def test_what_is_not_there_is_64_and_what_is_there_is_named_without_any_call(
    arguments: list[str], says: str, project: Project
) -> None:
    with Server([Answer([])]) as server:
        ran = project.configure(BIKES + PARK, server.base_url).cli(*arguments, "--json")
        assert server.seen == []
    assert (ran.code, ran.summary["exit_code"], ran.summary["status"]) == (64, 64, "failed")
    assert says in ran.err and says in ran.summary["error"]
