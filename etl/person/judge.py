"""Judge a record that holds the person: it is theirs, they are one person in it, or it only mentions them.

theirs     the person's address or number is the record's own, or the record has their name and nobody else
inside     it is in the list of persons of a record that has a name of its own, such as a company's
mentions   it stands in some other text, a note for example
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from etl.person.wanted import Record, Wanted, words_of
from etl.systems.declare import Stream

Path = tuple[str | int, ...]
CONTACT_COLUMNS = ("email", "phone", "mobile", "fax")
NAME_COLUMNS = ("name", "display_name", "company_name", "first_name", "last_name")


@dataclass(frozen=True)
class Shape:
    """Where a stream's records have their id, what reaches somebody, names, and the list of persons, if any."""

    key: tuple[str, ...]
    own: frozenset[str]
    names: frozenset[str]
    persons: str | None
    person_id: str
    first: str
    last: str
    of_people: bool

    @classmethod
    def of(cls, stream: Stream) -> Shape:
        columns = stream.names.get("contacts", {})
        inner = stream.names.get("contact_persons", {})
        persons = inner["person_id"].partition("[]")[0] if "person_id" in inner else None
        within = {column: path.rpartition("].")[2] for column, path in inner.items()}

        def fields(names: tuple[str, ...]) -> frozenset[str]:
            paths = (columns[name].replace("[]", "") for name in names if name in columns)
            return frozenset(path for path in paths if persons is None or not path.startswith(f"{persons}."))

        return cls(
            key=tuple(stream.key.split(".")),
            own=fields(CONTACT_COLUMNS),
            names=fields(NAME_COLUMNS),
            persons=persons,
            person_id=within.get("person_id", ""),
            first=within.get("first_name", ""),
            last=within.get("last_name", ""),
            of_people=stream.tables[0] == "contacts",
        )

    @property
    def reaches_by_person(self) -> bool:
        """Whether the address and numbers of a contact are those of a person in it."""
        return self.persons is not None and not self.own


NO_SHAPE = Shape((), frozenset(), frozenset(), None, "", "", "", of_people=False)


class Verdict(NamedTuple):
    """`persons` are the places of the person in the list of persons, `mentions` the paths of other values."""

    theirs: bool = False
    persons: tuple[int, ...] = ()
    mentions: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return self.theirs or bool(self.persons) or bool(self.mentions)


def judge(value: Any, shape: Shape, wanted: Wanted, record: Record, tenant: str | None) -> Verdict:
    """Judge one record, and learn from it."""
    value = _with_list(value, shape)
    found = [(path, leaf) for path, leaf in leaves(value) if wanted.needles.in_value(leaf)]
    theirs = wanted.is_theirs(record, tenant) and shape.of_people
    listed = _listed(value, shape)
    nobody_else = not (shape.reaches_by_person and listed)
    persons, mentions = set[int](), list[Path]()
    for path, leaf in found:
        if shape.persons is not None and path[0] == shape.persons and len(path) > 1 and isinstance(path[1], int):
            persons.add(path[1])
        elif shape.of_people and (_dotted(path) in shape.own or (nobody_else and wanted.needles.is_one(leaf))):
            theirs = True
        else:
            mentions.append(path)
    persons |= {
        n for n, person in enumerate(listed) if str(person.get(shape.person_id)) in wanted.inside.get(record, set())
    }
    if persons and not theirs:
        theirs = _is_named_after(value, shape, listed, persons)
    if theirs:
        wanted.add(record, tenant)
        wanted.called |= {_called(value, shape)} - {frozenset()}
        return Verdict(theirs=True)
    if persons:
        _learn(wanted, record, [listed[n] for n in persons], shape)
        mentions += [
            path for path, leaf in leaves(value) if path[0] != shape.persons and isinstance(leaf, str)
            if wanted.named(leaf) and path not in mentions
        ]  # fmt: skip
    return Verdict(False, tuple(sorted(persons)), tuple(mentions))


def part_of(value: Any, shape: Shape, verdict: Verdict) -> Any:
    """What a record holds of the person: all of it where it is theirs, else only their part, and nobody else's."""
    if verdict.theirs:
        return value
    told = dict(leaves(value))
    return {
        "persons": [one for n, one in enumerate(_listed(value, shape)) if n in verdict.persons],
        "mentions": {".".join(map(str, path)): told[path] for path in verdict.mentions},
    }


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the path and value of every scalar."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from leaves(inner, (*path, n))
    elif path:
        yield path, value


def id_of(value: Any, shape: Shape) -> str:
    """The record's id as text; empty if it has none."""
    for name in shape.key:
        value = value.get(name) if isinstance(value, dict) else None
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _dotted(path: Path) -> str:
    return ".".join(part for part in path if isinstance(part, str))


def _with_list(value: Any, shape: Shape) -> Any:
    """The record with a list of persons where the server sent an object for it."""
    sent = value.get(shape.persons) if shape.persons is not None and isinstance(value, dict) else None
    if not isinstance(sent, dict):
        return value
    by_number = all(isinstance(one, dict) for one in sent.values())
    return {**value, shape.persons: [*sent.values()] if by_number else [sent]}


def _listed(value: Any, shape: Shape) -> list[dict[str, Any]]:
    value = _with_list(value, shape)
    listed = value.get(shape.persons) if shape.persons is not None and isinstance(value, dict) else None
    return [one if isinstance(one, dict) else {} for one in listed] if isinstance(listed, list) else []


def _called(value: Any, shape: Shape) -> frozenset[str]:
    """The words of a record's own names."""
    return words_of(" ".join(str(leaf) for path, leaf in leaves(value) if _dotted(path) in shape.names and leaf))


def _is_named_after(value: Any, shape: Shape, listed: list[dict[str, Any]], persons: set[int]) -> bool:
    """Whether the record is the person's though its address is in the list of persons: by its own name."""
    own = _called(value, shape)
    alone = len(persons) == len(listed)
    if not own:
        return alone
    for n in persons:
        first, last = _name(listed[n], shape)
        if last and last[-1] in own and (alone or (first and first[0] in own)):
            return True
    return False


def _name(person: dict[str, Any], shape: Shape) -> tuple[list[str], list[str]]:
    first, last = (str(person.get(name) or "").casefold().split() for name in (shape.first, shape.last))
    return first, last


def _learn(wanted: Wanted, record: Record, persons: list[dict[str, Any]], shape: Shape) -> None:
    ids = wanted.inside.setdefault(record, set())
    for person in persons:
        if person.get(shape.person_id) not in (None, ""):
            ids.add(str(person[shape.person_id]))
        first, last = _name(person, shape)
        wanted.learn_name(" ".join(first), " ".join(last))
