"""Change values inside a JSON text and leave every other character of it as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # it is there, in C and in Python
from typing import Any

SPACE = re.compile(r"[ \t\r\n]*")
SCALAR = re.compile(r"[^\s,\]}]+")


@dataclass(slots=True)
class Node:
    """A value with its place in the text; `inner` holds the values of a list or an object."""

    start: int
    end: int
    inner: list[Node] | dict[str, Node] | None = None
    text: str | None = None


def parse(text: str, at: int = 0) -> Node:
    """Parse a JSON text that is known to be valid."""
    at = _skip(text, at)
    if text[at] == '"':
        value, end = scanstring(text, at + 1, False)
        return Node(at, end, text=value)
    if text[at] == "{":
        return _object(text, at)
    if text[at] == "[":
        return _list(text, at)
    scalar = SCALAR.match(text, at)
    assert scalar is not None  # the text is valid
    return Node(at, scalar.end(), text=scalar[0])


def _object(text: str, start: int) -> Node:
    inner: dict[str, Node] = {}
    at = _skip(text, start + 1)
    while text[at] != "}":
        name, end = scanstring(text, at + 1, False)
        inner[name] = parse(text, _skip(text, end) + 1)
        at = _skip(text, inner[name].end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return Node(start, at + 1, inner)


def _list(text: str, start: int) -> Node:
    inner: list[Node] = []
    at = _skip(text, start + 1)
    while text[at] != "]":
        inner.append(parse(text, at))
        at = _skip(text, inner[-1].end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return Node(start, at + 1, inner)


def _skip(text: str, at: int) -> int:
    space = SPACE.match(text, at)
    assert space is not None  # it matches nothing, too
    return space.end()


def without(text: str, *, persons: str | None, places: Collection[int], paths: Iterable[tuple[str | int, ...]]) -> str:
    """Take some elements out of the list `persons` of a record, and put null for the values at some paths.

    An object in place of the list, by number or of one person, becomes a list.
    """
    root = parse(text)
    edits: list[tuple[int, int, str]] = []
    for path in paths:
        node = _at(root, path)
        edits.append((node.start, node.end, "null"))
    if places and persons is not None:
        listed = _at(root, (persons,))
        kept = (text[one.start : one.end] for n, one in enumerate(_listed(listed)) if n not in places)
        edits.append((listed.start, listed.end, f"[{','.join(kept)}]"))
    return _edited(text, edits)


def replaced(text: str, told: Callable[[str], str | None]) -> str:
    """Replace every string, and every other scalar as text, for which `told` returns another."""
    edits: list[tuple[int, int, str]] = []

    def visit(node: Node) -> None:
        for one in node.inner.values() if isinstance(node.inner, dict) else node.inner or ():
            visit(one)
        if node.text is not None and (new := told(node.text)) is not None:
            edits.append((node.start, node.end, json.dumps(new)))

    visit(parse(text))
    return _edited(text, edits)


def _listed(node: Node) -> list[Node]:
    if not isinstance(node.inner, dict):
        return node.inner or []
    by_number = all(isinstance(one.inner, dict) for one in node.inner.values())
    return [*node.inner.values()] if by_number else [node]


def _at(node: Node, path: tuple[str | int, ...]) -> Node:
    for part in path:
        inner: Any = node.inner
        node = inner[part]
    return node


def _edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
