"""Read an OpenAPI document: which of its calls is the list of contacts, and what it says of that.

A list is a GET whose answer holds an array of objects. Of several the one is taken whose records have most of what a
contact has; the others are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from etl.errors import UsageError
from etl.new_system.paging import json_text
from etl.new_system.seen import ANY, DEEPEST, MOST_FIELDS, TEXT, Seen, SeenField, SeenList
from etl.systems.check import ID
from etl.systems.declare.credentials import SAFE_URL, SET_BY_US
from etl.systems.declare.paging import TOKEN
from etl.tables.synonyms import meaning

KINDS = {"string": TEXT, "integer": "Integer", "number": "Number", "boolean": "Boolean"}
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
DEEPEST_REFERENCE = 40
OTHERS = 5
"""So many other lists are named."""


def is_openapi(document: Any) -> bool:
    return isinstance(document, Mapping) and ("openapi" in document or "swagger" in document)


@dataclass(frozen=True)
class Document:
    """An OpenAPI document, of which any place may refer to another."""

    whole: Mapping[str, Any]

    def at(self, value: Any) -> Mapping[str, Any]:
        """Return an object, that which it refers to instead of a reference; empty for what is none."""
        for _ in range(DEEPEST_REFERENCE):
            if not isinstance(value, Mapping):
                return {}
            reference = value.get("$ref")
            if not isinstance(reference, str):
                return value
            value = self.whole if reference.startswith("#/") else None
            for name in reference.removeprefix("#/").split("/"):
                step = name.replace("~1", "/").replace("~0", "~")
                value = value.get(step) if isinstance(value, Mapping) else None
        return {}

    def schema(self, value: Any, depth: int = 0) -> dict[str, Any]:
        """Return a schema with those that it consists of laid over each other."""
        found = dict(self.at(value))
        for name in ("allOf", "oneOf", "anyOf"):
            several = found.get(name)
            parts = several if isinstance(several, list) and depth < DEEPEST else []
            for part in parts if name == "allOf" else parts[:1]:
                inner = self.schema(part, depth + 1)
                properties = {**self.at(inner.get("properties")), **self.at(found.get("properties"))}
                found = {**inner, **found, **({"properties": properties} if properties else {})}
        return found

    def properties(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        return self.at(schema.get("properties"))


def read_openapi(document: Mapping[str, Any], source: str) -> Seen:
    """Return what a document tells of its list of contacts. Raises UsageError for one that has no list."""
    if not str(document.get("openapi", "")).startswith("3."):
        raise UsageError(
            f"{source} is of OpenAPI {document.get('openapi') or document.get('swagger')}, and 3.0 or 3.1 is read.",
            remedy="Convert it first, or give a page of records: --from page.json.",
        )
    known = Document(document)
    found = [list_ for path in known.at(document.get("paths")) if (list_ := _list(known, path, source)) is not None]
    if not found:
        raise UsageError(
            f"{source} describes no GET whose answer holds a list of objects.",
            remedy="Give a page of records instead: --from page.json.",
        )
    best = max(found, key=lambda seen: (_likeness(seen), -len(seen.options), -len(seen.path or "")))
    others = [seen.path or "" for seen in found if seen is not best]
    best.others = tuple(others[:OTHERS])
    return best


def _likeness(seen: Seen) -> int:
    """How much of a contact the records have."""
    return len({found.column for path in seen.fields if (found := meaning(path.rpartition(".")[2]))})


def _list(known: Document, path: str, source: str) -> Seen | None:
    """Return what a path tells, if it is that of a list."""
    item = known.at(known.at(known.whole.get("paths")).get(path))
    call = known.at(item.get("get"))
    answer = _answer(known, call)
    place, record = _records(known, known.schema(_schema_of(known, answer)), "", 0)
    if not path.startswith("/") or path.endswith("}") or record is None:  # the last is of a single record
        return None
    if {*"{}"} & {*PLACEHOLDER.sub("", path)}:
        return None
    seen = Seen(source, records=place)
    _fields(known, record, "", seen, 0)
    if not seen.fields:
        return None
    seen.around = dict(_around(known, known.schema(_schema_of(known, answer)), "", place, 0))
    host, before = _server(known)
    parameters = [known.at(one) for one in (*_several(item, "parameters"), *_several(call, "parameters"))]
    seen.parameters = tuple(str(one.get("name")) for one in parameters if one.get("in") == "query")
    seen.headers = tuple(map(str, known.at(answer.get("headers"))))
    seen.base_url, seen.path = host, _placed(f"{before}{path}")
    seen.get, seen.element = _single(known, path, before, seen)
    seen.options = tuple(dict.fromkeys(PLACEHOLDER.findall(seen.path)))
    seen.auth = tuple(_auth(known, call))
    return seen


def _several(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _answer(known: Document, call: Mapping[str, Any]) -> Mapping[str, Any]:
    answers = known.at(call.get("responses"))
    return known.at(next((answers[status] for status in ("200", "2XX", "default") if status in answers), None))


def _schema_of(known: Document, answer: Mapping[str, Any]) -> Any:
    content = known.at(answer.get("content"))
    media = next((one for name, one in content.items() if "json" in str(name)), None)
    return known.at(media).get("schema")


def _records(
    known: Document, schema: Mapping[str, Any], place: str, depth: int
) -> tuple[str, Mapping[str, Any] | None]:
    """Return where a body has its first list of objects, and the schema of one."""
    if "items" in schema:
        item = known.schema(schema["items"])
        return (place, item) if known.properties(item) else (place, None)
    for name, inner in known.properties(schema).items() if depth < DEEPEST else ():
        found = _records(known, known.schema(inner), f"{place}.{name}".lstrip("."), depth + 1)
        if found[1] is not None:
            return found
    return place, None


def _fields(known: Document, schema: Mapping[str, Any], before: str, seen: Seen, depth: int) -> None:
    for name, value in known.properties(schema).items():
        path, inner = f"{before}{name}", known.schema(value)
        kind = _kind(inner)
        if "." in name or "[" in name or not name.strip() or not name.isprintable() or len(seen.fields) >= MOST_FIELDS:
            seen.left_out.append(
                "a name that no path can have" if len(seen.fields) < MOST_FIELDS else "too many fields"
            )
        elif kind == "array" or "items" in inner:
            item = known.schema(inner.get("items"))
            seen.lists.append(SeenList(path, tuple(sorted(map(str, known.properties(item))))))
        elif known.properties(inner) and depth < DEEPEST:
            _fields(known, inner, f"{path}.", seen, depth + 1)
        else:
            example = inner.get("example")
            values = [str(example)] if isinstance(example, str | int | float) else []
            seen.fields[path] = SeenField(KINDS.get(kind, ANY if kind == "object" else TEXT), values, len(values))


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    kinds = [one for one in kind if one != "null"] if isinstance(kind, list) else [kind]
    return str(kinds[0]) if kinds else "string"


def _around(
    known: Document, schema: Mapping[str, Any], before: str, records: str, depth: int
) -> Iterator[tuple[str, str]]:
    """Yield the fields around the records, each with the name of its type."""
    for name, value in known.properties(schema).items() if depth < DEEPEST else ():
        path, inner = f"{before}.{name}".lstrip("."), known.schema(value)
        if path == records or "items" in inner:
            continue
        if known.properties(inner):
            yield from _around(known, inner, path, records, depth + 1)
        else:
            yield path, KINDS.get(_kind(inner), TEXT)


def _single(known: Document, path: str, before: str, seen: Seen) -> tuple[str, str]:
    """Return the path of a single record of a list, with its `{id}`, and where its answer has that."""
    for other in known.at(known.whole.get("paths")):
        rest = other.removeprefix(f"{path.rstrip('/')}/")
        if rest != other and PLACEHOLDER.fullmatch(rest):
            call = known.at(known.at(known.at(known.whole.get("paths")).get(other)).get("get"))
            schema = known.schema(_schema_of(known, _answer(known, call)))
            names = {one.partition(".")[0] for one in seen.fields}
            if not call or not known.properties(schema):
                continue
            inside = [
                name for name, one in known.properties(schema).items() if names & {*known.properties(known.schema(one))}
            ]
            element = "" if names & {*known.properties(schema)} else next(iter(inside), "")
            return f"{_placed(f'{before}{path}').rstrip('/')}/{{id}}", element
    return "", ""


def _placed(path: str) -> str:
    """Return a path whose parameters are called as options can be; `{id}` is that of a single record."""

    def option(found: re.Match[str]) -> str:
        name = re.sub(r"\W+", "_", found[1], flags=re.ASCII).strip("_").lower()
        return f"{{{name}}}" if ID.fullmatch(name) and name != "id" else f"{{of_{name}}}"

    return PLACEHOLDER.sub(option, path)


def _server(known: Document) -> tuple[str, str]:
    """Return the address of the API, and what its paths begin with."""
    servers = known.whole.get("servers")
    url = known.at(servers[0]).get("url") if isinstance(servers, list) and servers else None
    parts = urlsplit(str(url or ""))
    host = f"{parts.scheme}://{parts.netloc}" if parts.scheme and "{" not in parts.netloc else ""
    return host, parts.path.rstrip("/")


def _auth(known: Document, call: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ways in which a call takes credentials, as they are declared, one for each key of etl.toml."""
    schemes = known.at(known.at(known.whole.get("components")).get("securitySchemes"))
    needs = call.get("security", known.whole.get("security"))
    named = [name for one in needs if isinstance(one, Mapping) for name in one] if isinstance(needs, list) else []
    taken: set[str] = set()
    for name in named or [*schemes]:
        for keys, text in _ways(known, known.at(schemes.get(name))):
            if keys not in taken:
                taken.add(keys)
                yield text


def _ways(known: Document, scheme: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kind, place = scheme.get("type"), scheme.get("in")
    name = str(scheme.get("name") or "")
    if kind == "http" and str(scheme.get("scheme")).lower() in ("basic", "bearer"):
        way = str(scheme["scheme"]).lower()
        yield ("username" if way == "basic" else "api_key"), f'"{way}"'
    elif kind == "apiKey" and place == "header" and TOKEN.fullmatch(name) and name.lower() not in SET_BY_US:
        yield "api_key", f"HeaderKey({json_text(name)})"
    elif kind == "apiKey" and place == "query" and name.strip():
        yield "api_key", f"QueryKey({json_text(name)})"
    elif kind == "oauth2":
        flows = known.at(scheme.get("flows"))
        for flow, made in (("clientCredentials", "ClientCredentials"), ("authorizationCode", "RefreshToken")):
            url = str(known.at(flows.get(flow)).get("tokenUrl") or "")
            if SAFE_URL.fullmatch(url) and not {*"{}"} & {*url}:
                yield made, f"{made}({json_text(url)})"
