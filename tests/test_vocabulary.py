"""What is declared is wired: every field of both vocabularies is set by a declaration, and read by the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from .support.syntax import FUNCTIONS
from .support.wiring import House, Name, Scope
from .test_architecture import MODULES

VOCABULARIES = tuple(
    f"etl.systems.declare.{part}" for part in ("credentials", "fields", "limits", "paging", "reading", "writing")
)
SUPPORT = Path(__file__).with_name("support")
OUTSIDE = {
    **{f"tests.support.{name}": SUPPORT / f"{name}.py" for name in ("limited", "oauth", "paged")},
    **{f"tests.support.declared.{path.stem}": path for path in (SUPPORT / "declared").glob("[a-z]*.py")},
}
"""Declarations from outside the package, of what none of its own systems has."""
TEXTS = {name: path.read_text("utf-8") for name, path in {**MODULES, **OUTSIDE}.items()}
TAKEN_OUT = {
    "Call.prefix is not read": ("etl.push.dispatch.attempt", "call.prefix.format(**account.options)", '""'),
    "Call.prefix is not set": ("etl.systems.invoicing.write", ', prefix="{form_prefix}"', ""),
    "Row.mapped is not set": ("etl.push.input.rows", "mapped=self.columns if self.order.mapping else frozenset(),", ""),
    "Target.unseen is not set": ("etl.systems.recras.write", "unseen=UNSEEN,", ""),
    "Target.advice is not read": ("etl.cli.push", "given.destination.target.advice.items()", "{}.items()"),
    "NextCursor.more is not set": ("tests.support.paged", ', more="meta.more"', ""),
    "Call.weight is not set": ("tests.support.limited", ", weight=5", ""),
    "MovingWindow.endpoint is not set": ("tests.support.limited", "seconds=300, endpoint=stream.path)", "seconds=300)"),
    "Newer.parameter is not read": ("etl.push.reconcile.search", "case Newer(parameter)", "case Newer()"),
}
"""What would be amiss without one place, and what stands there."""

TRIED = ("etl.systems.check", "etl.systems.check_auth", "etl.simulator.declared", "etl.conformance", "etl.new_system")
for looking in [name for name in TEXTS if name.startswith(TRIED)]:
    del TEXTS[looking]  # it looks at every field, or plays the server: that counts for no reading


@cache
def vocabulary() -> dict[Name, dict[str, str | None]]:
    """Every dataclass of the vocabularies: its fields in their order, with their defaults."""
    return {
        (module, node.name): fields(node)
        for module in VOCABULARIES
        for node in ast.parse(TEXTS[module]).body
        if isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(one) for one in node.decorator_list)
    }


def fields(one: ast.ClassDef) -> dict[str, str | None]:
    return {
        part.target.id: ast.unparse(part.value) if part.value is not None else None
        for part in one.body
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    }


def read_in(scope: Scope) -> Iterator[tuple[Name, str]]:
    """Class and field of every attribute that is read, by its name or in a pattern."""
    for node in scope.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield from ((one, node.attr) for one in scope.type_of(node.value))
        elif isinstance(node, ast.MatchClass) and (name := scope.called(node.cls)) is not None:
            in_order = list(vocabulary().get(name, ()))[: len(node.patterns)]
            yield from ((name, field) for field in [*in_order, *node.kwd_attrs])


def set_in(scope: Scope, house: House) -> Iterator[tuple[Name, str, str]]:
    """Class, field and value of everything that is said where one is made, or made anew by `replace`."""
    for node in scope.nodes:
        if not isinstance(node, ast.Call):
            continue
        anew = isinstance(node.func, ast.Name) and node.func.id == "replace" and bool(node.args)
        made = scope.type_of(node.args[0]) if anew else frozenset(filter(None, [scope.called(node.func)]))
        for one in made & vocabulary().keys():
            in_order = zip(vocabulary()[one], [] if anew else node.args, strict=False)
            yield from ((one, field, ast.unparse(value)) for field, value in in_order)
            for keyword in node.keywords:
                named = [(keyword.arg, keyword.value)] if keyword.arg else unpacked(scope, house, keyword.value)
                yield from ((one, field, ast.unparse(value)) for field, value in named)


def unpacked(scope: Scope, house: House, value: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The fields that `**what()` fills: the keys of what that function writes down."""
    name = scope.called(value.func) if isinstance(value, ast.Call) else None
    node = house.node(name) if name is not None else None
    for part in ast.walk(node) if isinstance(node, FUNCTIONS) else ():
        if isinstance(part, ast.Dict):
            for key, given in zip(part.keys, part.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, given


def amiss(texts: Mapping[str, str]) -> set[str]:
    """The fields that nobody sets to anything but their default, and those that nobody reads."""
    house = House(texts)
    found_read = {found for scope in house.scopes() for found in read_in(scope)}
    found_set = {
        (one, field)
        for scope in house.scopes()
        for one, field, value in set_in(scope, house)
        if vocabulary()[one].get(field) != value
    }
    every = {(name, field) for name, known in vocabulary().items() for field in known}
    return {f"{name[1]}.{field} is not set" for name, field in every - found_set} | {
        f"{name[1]}.{field} is not read" for name, field in every - found_read
    }


def test_every_field_of_the_vocabularies_is_set_outside_its_default_and_read() -> None:
    assert len(vocabulary()) > 20
    assert amiss(TEXTS) == set(), "wire it, or delete it"


def test_one_that_is_set_or_read_no_more_is_noticed() -> None:
    texts = dict(TEXTS)
    for module, there, instead in TAKEN_OUT.values():
        assert there in texts[module], f"{module} has other words now: say here which"
        texts[module] = texts[module].replace(there, instead)
    assert amiss(texts) == set(TAKEN_OUT)
