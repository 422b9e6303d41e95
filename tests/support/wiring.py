"""Which fields of declared classes the code sets and reads, by its syntax: names are followed to the classes they hold.

    PushSession.target: Target     ->  `session.target.merge(…)` reads Target.merge, where session is a PushSession
    for limit in system.limits:    ->  `limit.headers` reads MovingWindow.headers and Daily.headers

A type is the set of the classes that an annotation names, whatever stands around them, so that a list of targets and
one of them are the same. That may take a field for read that is not; a field of another class never counts for it.
"""

from __future__ import annotations

import ast
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TypeAlias

from .syntax import FUNCTIONS, assigned, definitions, imports

Name: TypeAlias = tuple[str, str]
"""A module, and what is defined there."""
Types: TypeAlias = frozenset[Name]
Env: TypeAlias = dict[str, Types]

NONE: Types = frozenset()


class House:
    """The modules of a package, by name: their text."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self.trees = {name: ast.parse(text) for name, text in modules.items()}
        self._defined = {name: dict(definitions(tree)) for name, tree in self.trees.items()}
        self._imported = {name: dict(imports(tree)) for name, tree in self.trees.items()}
        self.members = cache(self._members)
        self.of_global = cache(self._of_global)
        self._busy: set[Name] = set()
        self._scopes: list[Scope] | None = None

    def define(self, module: str, name: str) -> Name | None:
        """Where a name of a module is defined; None for what is not ours."""
        if name in self._defined.get(module, {}):
            return module, name
        if name not in self._imported.get(module, {}):
            return None
        source, original = self._imported[module][name]
        whole = f"{source}.{original}"
        return (whole, "") if whole in self.trees else self.define(source, original)

    def node(self, name: Name) -> ast.AST | None:
        return self._defined.get(name[0], {}).get(name[1])

    def mentioned(self, module: str, annotation: ast.AST | None) -> Types:
        """The classes that an annotation names, also inside of text and by an alias."""
        found: set[Name] = set()
        for node in ast.walk(annotation) if annotation is not None else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isprintable():
                try:
                    found |= self.mentioned(module, ast.parse(node.value, mode="eval"))
                except SyntaxError:
                    continue
            if isinstance(node, ast.Name) and (name := self.define(module, node.id)) is not None:
                found |= self._meant(name)
        return frozenset(found)

    def _meant(self, name: Name) -> Types:
        node = self.node(name)
        if isinstance(node, ast.ClassDef):
            return frozenset({name})
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or name in self._busy:
            return NONE
        self._busy.add(name)
        try:
            return self.mentioned(name[0], node.value) if node.value is not None else NONE
        finally:
            self._busy.discard(name)

    def _members(self, name: Name) -> dict[str, Types]:
        """What the attributes of a class hold, and what its methods return."""
        node = self.node(name)
        assert isinstance(node, ast.ClassDef)
        found: dict[str, Types] = {}
        for base in node.bases:
            for inherited in self.mentioned(name[0], base) - {name}:
                found |= self.members(inherited)
        for part in node.body:
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                found[part.target.id] = self.mentioned(name[0], part.annotation)
            elif isinstance(part, FUNCTIONS):
                found[part.name] = self.mentioned(name[0], part.returns)
        for part in node.body:
            if isinstance(part, FUNCTIONS) and part.name == "__init__":
                found |= self._made_in(name, part, found)
        return found

    def _made_in(self, name: Name, init: ast.FunctionDef | ast.AsyncFunctionDef, known: Mapping[str, Types]) -> Env:
        scope = Scope(self, name[0], parameters(self, name[0], init))
        found = defaultdict[str, Types](lambda: NONE)
        for node in ast.walk(init):
            for target, value in assigned(node):
                if isinstance(target, ast.Attribute) and target.attr not in known and value is not None:
                    found[target.attr] |= scope.type_of(value)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute):
                found[node.target.attr] |= self.mentioned(name[0], node.annotation)
        return dict(found)

    def _of_global(self, name: Name) -> Types:
        node = self.node(name)
        if isinstance(node, ast.AnnAssign):
            return self.mentioned(name[0], node.annotation)
        if not isinstance(node, ast.Assign) or name in self._busy:
            return NONE
        self._busy.add(name)
        try:
            return Scope(self, name[0], {}).type_of(node.value)
        finally:
            self._busy.discard(name)

    def scopes(self) -> list[Scope]:
        """Every module and function, with what its names hold."""
        if self._scopes is None:
            self._scopes = [
                scope for module, tree in self.trees.items() for scope in _scopes(self, module, tree, {}, None)
            ]
        return self._scopes


class Scope:
    """One module or function. What a name holds is all that is ever put into it."""

    def __init__(self, house: House, module: str, env: Env, nodes: list[ast.AST] | None = None) -> None:
        self._house, self.module, self.env, self.nodes = house, module, env, nodes or []
        for _ in range(2):  # what a name holds may depend on one that is filled further down
            for node in self.nodes:
                self._bind(node)

    def _bind(self, node: ast.AST) -> None:
        for target, value in assigned(node):
            if isinstance(value, ast.Tuple) and isinstance(target, ast.Tuple) and len(value.elts) == len(target.elts):
                for one, other in zip(target.elts, value.elts, strict=True):
                    self._put(one, self.type_of(other))
            elif value is not None:
                self._put(target, self.type_of(value))
        if isinstance(node, ast.AnnAssign):
            self._put(node.target, self._house.mentioned(self.module, node.annotation))
        if isinstance(node, ast.Match):
            for inner in ast.walk(node):
                if isinstance(inner, ast.MatchAs) and inner.name:
                    found = self._house.mentioned(self.module, inner.pattern) or self.type_of(node.subject)
                    self.env[inner.name] = self.env.get(inner.name, NONE) | found

    def _put(self, target: ast.AST, types: Types) -> None:
        if isinstance(target, ast.Name):
            self.env[target.id] = self.env.get(target.id, NONE) | types
        for part in getattr(target, "elts", ()):
            self._put(part, types)

    def type_of(self, node: ast.AST) -> Types:
        """The classes of which a value may be, or may hold."""
        match node:
            case ast.Name(id=name):
                defined = self._house.define(self.module, name) if name not in self.env else None
                return self.env.get(name, NONE) if defined is None else self._house.of_global(defined)
            case ast.Attribute(value=value, attr=attr):
                return self._attribute(value, attr)
            case ast.Call():
                return self._called(node)
            case ast.Constant() | ast.JoinedStr() | ast.Compare() | ast.Lambda():
                return NONE
            case ast.Dict(values=values):
                return self._all(values)
            case ast.ListComp(elt=part) | ast.SetComp(elt=part) | ast.GeneratorExp(elt=part):
                return self.type_of(part)
            case ast.DictComp(value=part) | ast.Subscript(value=part):
                return self.type_of(part)
            case ast.IfExp(body=one, orelse=other):
                return self._all([one, other])
        return self._all(ast.iter_child_nodes(node))

    def _all(self, nodes: Iterable[ast.AST]) -> Types:
        return NONE.union(*(self.type_of(node) for node in nodes))

    def _attribute(self, value: ast.expr, attr: str) -> Types:
        if (name := self.called(ast.Attribute(value, attr))) is not None:
            return self._house.of_global(name)
        held = self.type_of(value)
        known = [members[attr] for one in held if attr in (members := self._house.members(one))]
        return NONE.union(*known) if known else held  # `values()` of a mapping, `pop()` of a list

    def called(self, function: ast.AST) -> Name | None:
        """The class or function of ours that an expression names."""
        if isinstance(function, ast.Name) and function.id not in self.env:
            return self._house.define(self.module, function.id)
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            inside = self._house.define(self.module, function.value.id) if function.value.id not in self.env else None
            return self._house.define(inside[0], function.attr) if inside is not None and not inside[1] else None
        return None

    def _called(self, call: ast.Call) -> Types:
        name = self.called(call.func)
        node = self._house.node(name) if name is not None else None
        if name is not None and isinstance(node, ast.ClassDef):
            return frozenset({name})
        if name is not None and isinstance(node, FUNCTIONS):
            return self._house.mentioned(name[0], node.returns)
        if isinstance(call.func, ast.Attribute):
            return self.type_of(call.func)
        return self._all(call.args)  # `next(…)`, `sorted(…)`, `replace(…)`


def parameters(house: House, module: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Env:
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return {one.arg: house.mentioned(module, one.annotation) for one in every if one is not None}


def _scopes(house: House, module: str, root: ast.AST, outer: Env, owner: Name | None) -> Iterator[Scope]:
    nodes, inner = list[ast.AST](), list[tuple[ast.AST, Name | None]]()
    waiting = deque((child, owner) for child in ast.iter_child_nodes(root))
    while waiting:
        node, within = waiting.popleft()
        if isinstance(node, FUNCTIONS):
            inner.append((node, within))
            waiting += [(one, within) for one in [*node.decorator_list, node.args]]
            continue
        nodes.append(node)
        within = (module, node.name) if isinstance(node, ast.ClassDef) else within
        waiting += [(child, within) for child in ast.iter_child_nodes(node)]
    scope = Scope(house, module, dict(outer), nodes)
    yield scope
    for function, within in inner:
        assert isinstance(function, FUNCTIONS)
        env = {**scope.env, **parameters(house, module, function)}
        if within is not None and function.args.args:
            env[function.args.args[0].arg] = frozenset({within})
        yield from _scopes(house, module, function, env, None)
