"""A system in its rooms: nobody else names it, or any of its fields, options and parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from etl import records
from etl.systems import SYSTEMS

from .test_architecture import MODULES, tree

ROOMS = tuple(f"etl.{part}.{system}" for system in SYSTEMS for part in ("systems", "simulator"))
IDS = re.compile("|".join(SYSTEMS), re.IGNORECASE)
NAMING = {
    "etl.systems": "the list of the systems",
    "etl.simulator.vendors": "the list of those that are simulated",
    "etl.simulator.options": "settings of one system's simulator have its name",
    "etl.records.contacts": "the descriptions of the columns name the systems on purpose",
}
"""The modules outside the rooms that name a system, and why."""
ANYBODYS = frozenset({"address", "created", "id", "notes", "self", "username", "version"})
"""Wire names that are words of every program: a module that has one does not mean a field."""
OF_THE_LANGUAGE = {
    "etl.normalise.address.words": frozenset({"attn", "afdeling", "plaats"}),
}
"""Wire names that people write into an address."""


def in_a_room(name: str) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in ROOMS)


OUTSIDE = [name for name in MODULES if not in_a_room(name)]


def texts(node: ast.AST) -> Iterator[tuple[int, str]]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.lineno, part.value


@cache
def code(name: str) -> ast.Module:
    """A module without its docstrings."""
    whole = ast.parse(MODULES[name].read_text("utf-8"))
    for node in ast.walk(whole):
        for part in node.body if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) else ():
            if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant):
                part.value.value = None
    return whole


def texts_and_names(name: str) -> Iterator[tuple[int, str]]:
    yield from texts(code(name))
    for node in ast.walk(code(name)):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.lineno, node.name


def system_names(name: str) -> list[str]:
    return [f"{line}: {text}" for line, text in texts_and_names(name) if IDS.search(text)]


@pytest.mark.parametrize("name", [name for name in OUTSIDE if name not in NAMING])
def test_no_system_is_named_outside_its_rooms(name: str) -> None:
    assert system_names(name) == []


@pytest.mark.parametrize("name", NAMING)
def test_whoever_may_name_a_system_does(name: str) -> None:
    assert system_names(name) != []


def keys(node: ast.AST) -> Iterator[str]:
    """The texts that are keys of dictionaries, on any level."""
    for part in ast.walk(node):
        for key in part.keys if isinstance(part, ast.Dict) else ():
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value


def given(node: ast.AST, keyword: str) -> Iterator[ast.AST]:
    """What calls are given by a keyword."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            yield from (one.value for one in part.keywords if one.arg == keyword)


@cache
def wire_names() -> frozenset[str]:
    """What systems call their fields, numbers, options and parameters, without what is a name of ours too."""
    found: set[str] = set()
    ours = {*records.TABLES, *(column for table in records.TABLES for column in records.fields(table))}
    for system in SYSTEMS:
        fields, declared = tree(f"etl.systems.{system}.fields"), tree(f"etl.systems.{system}.read")
        found |= {*keys(fields)}
        ours |= {text for raw in given(fields, "raw") for _, text in texts(raw)}
        found |= {key for options in given(declared, "options") for key in keys(options)}
        for parameters in given(declared, "find_parameters"):
            found |= {text for _, text in texts(parameters)}
            ours |= {*keys(parameters)}
        found |= {text for since in given(declared, "since") for _, text in texts(since)}
    return frozenset(found - ours)


def words(name: str) -> Iterator[tuple[int, str]]:
    """The words of a module's texts, but for prose: of names, paths and patterns."""
    for line, text in texts(code(name)):
        if " " not in text:
            yield from ((line, word) for word in re.findall(r"[A-Za-z_][\w-]*", text))


@pytest.mark.parametrize("name", OUTSIDE)
def test_no_wire_name_or_option_stands_outside_its_rooms(name: str) -> None:
    told = wire_names() - ANYBODYS - OF_THE_LANGUAGE.get(name, frozenset())
    assert [f"{line}: {word}" for line, word in words(name) if word in told] == []


def test_the_names_that_are_looked_for_are_those_of_the_declarations() -> None:
    expected = {"customer_reference", "mob", "housenumber", "modified_since", "form_prefix", "btw_nummer", "Locaties"}
    assert expected <= wire_names()
    assert wire_names().isdisjoint({"phone_numbers", "invoice_country", "postal_code", "email"})


def test_nothing_is_excused_that_need_not_be() -> None:
    said = {name: {word for _, word in words(name)} & wire_names() for name in OUTSIDE}
    assert frozenset().union(*said.values()) == ANYBODYS.union(*OF_THE_LANGUAGE.values())
    assert all(excused <= said[name] for name, excused in OF_THE_LANGUAGE.items())
