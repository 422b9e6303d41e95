"""Which call of a declared system a request is: by its method, its path and the parameters that it must have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from etl.systems.declare import Call, Stream, System, Target

Does = Literal["list", "get", "create", "update", "delete"]


@dataclass(frozen=True)
class Route:
    """One call: what it does, to the records of which stream, and by which target it is declared."""

    does: Does
    method: str
    path: str
    stream: Stream
    options: Mapping[str, str | int]
    target: Target | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    weight: int = 1

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path, with the id in it as a group; without the query that a call may have in it."""
        return re.compile(pattern_of(self.path.partition("?")[0], self.options))

    @property
    def written(self) -> Target:
        assert self.target is not None  # of a call that writes
        return self.target

    def takes(self, method: str, path: str, query: Mapping[str, str]) -> bool:
        own = {name: query.get(name) for name in self.parameters}
        return method == self.method and own == self.parameters and self.pattern.fullmatch(path) is not None

    def id_in(self, path: str) -> str:
        """Return the id in a path; empty where there is none."""
        found = self.pattern.fullmatch(path)
        return found[1] if found and found.groups() else ""

    def address(self, template: str, number: str) -> str:
        return "/" + template.format(**self.options, id=number).lstrip("/")


def pattern_of(template: str, options: Mapping[str, str | int]) -> str:
    """Return a path as a regular expression, with the options in it and the id as a group. An option without a default
    may have any value, and so may a parent's id."""
    said = {name: "\1" if value == "" else value for name, value in options.items()}
    marked = "/" + template.format(**{**said, "id": "\0", "parent": "\1"}).lstrip("/")
    return re.escape(marked).replace(re.escape("\0"), "(.+?)").replace(re.escape("\1"), "[^/]+")


def routes_of(system: System, targets: Sequence[Target]) -> list[Route]:
    """List all calls, those with an id in their path last, and those that need more parameters before others. A list
    that is asked for once for each record of another stream is not among them."""
    found: list[Route] = []
    for stream in system.streams:
        if stream.for_each is not None:
            continue
        own = {
            name.format(**system.options): value.format(**system.options) for name, value in stream.parameters.items()
        }
        method = "GET" if stream.search is None else "POST"
        listed = own if stream.search is None else {}
        found.append(
            Route("list", method, stream.path, stream, system.options, parameters=listed, weight=stream.weight)
        )
        if stream.get:
            found.append(Route("get", "GET", stream.get, stream, system.options, parameters=own, weight=stream.weight))
    for target in targets:
        stream = system.stream(target.stream)
        calls: dict[Does, Call | None] = {"create": target.create, "update": target.update, "delete": target.delete}
        for does, call in calls.items():
            if call is not None:
                found.append(Route(does, call.method, call.path, stream, system.options, target, weight=call.weight))
    return sorted(found, key=lambda route: ("{id}" in route.path, -len(route.parameters)))
