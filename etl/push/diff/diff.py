"""Compare remote records and bodies field by field, and read a wire field of a record."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from etl.push.diff.spelling import Spelling
from etl.systems.shared.cells import BLANK
from etl.systems.shared.dotted import value_at


@dataclass(frozen=True)
class Difference:
    """A field whose remote value differs from the body's."""

    field: str
    remote: Any
    ours: Any


def value_of(record: Mapping[str, Any], name: str) -> Any:
    """Return the value of a wire field, even if the record is nested inside an envelope, or the field in an object."""
    if name in record:
        return record[name]
    if "." in name:
        return value_at(record, name)
    return next((value[name] for value in record.values() if isinstance(value, dict) and name in value), None)


def without(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the record without a value in the field, on all of those levels."""
    whole, dot, inner = name.partition(".")
    if dot and name not in record and isinstance(within := record.get(whole), dict):
        return {**record, whole: without(within, inner)}
    return {
        key: {**value, name: None} if isinstance(value, dict) and name in value else value
        for key, value in record.items()
        if key != name
    }


def differences(
    record: Mapping[str, Any],
    body: Mapping[str, Any],
    *,
    spelling: Spelling | None = None,
    shown: bool = False,
) -> Iterator[Difference]:
    """Find where a record does not hold the body's values. Fields that the body does not name are ignored and, with
    `shown`, so are fields that the record does not show: some APIs show less than they take."""
    for name, ours in body.items():
        if not shown or _shows(record, name):
            yield from differences_of(value_of(record, name), ours, name, spelling or SAFE, shown=shown)


def field_in(record: Collection[str], path: str) -> str:
    """Return the field of a record or body that a path is in: `persons` for `persons[0].email`."""
    name = path.partition("[")[0]
    return name if name in record else name.partition(".")[0]


SAFE = Spelling()


def is_equal(one: Any, other: Any) -> bool:
    """Whether two values are equal literally, as most are, so that spellings need not be tried."""
    return type(one) is type(other) and bool(one == other)


def _shows(record: Mapping[str, Any], name: str) -> bool:
    whole, _, last = name.rpartition(".")
    within = value_at(record, whole) if whole else None
    return (
        name in record
        or (isinstance(within, dict) and last in within)
        or any(isinstance(value, dict) and name in value for value in record.values())
    )


def differences_of(
    remote: Any, ours: Any, path: str, spelling: Spelling, *, shown: bool = False
) -> Iterator[Difference]:
    """Find where one value of a record, at that path, does not hold the body's."""
    if is_equal(remote, ours):
        return
    if isinstance(ours, dict) and isinstance(remote, dict):
        for name, value in ours.items():
            if not shown or _shows(remote, name):
                yield from differences_of(remote.get(name), value, f"{path}.{name}", spelling, shown=shown)
    elif _is_list(ours) and ours and _is_list(remote):
        for number, one in enumerate(ours):  # a server may show them in any order
            yield from _differ_least(remote, one, f"{path}[{number}]", spelling, shown)
    elif not spelling.equal(path, remote, ours):
        yield Difference(path, remote, ours)


def _differ_least(remote: Sequence[Any], ours: Any, path: str, spelling: Spelling, shown: bool) -> list[Difference]:
    """Find the differences from the nearest object of a list; the whole object where the list is empty."""
    found = (list(differences_of(theirs, ours, path, spelling, shown=shown)) for theirs in remote)
    return min(found, key=len, default=[Difference(path, None, ours)])


def changed(
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    *,
    keyed: Mapping[str, str],
    ignore: Collection[str] = (),
    spelling: Spelling | None = None,
) -> Iterator[Difference]:
    """Find all changes of a record, additions and removals included: `remote` is the value now, `ours` the one before.

    Objects of a list are paired by the field that `keyed` names, others only if they are equal; the path of a new one
    has its index in the new list. Fields in `ignore` are skipped at every level.
    """
    yield from _Change(keyed, frozenset(ignore), spelling or SAFE).of_objects(before, now, "")


@dataclass(frozen=True)
class _Change:
    keyed: Mapping[str, str]
    ignore: Collection[str]
    spelling: Spelling

    def of_objects(self, before: Mapping[str, Any], now: Mapping[str, Any], path: str) -> Iterator[Difference]:
        for name in dict.fromkeys((*before, *now)):
            if name not in self.ignore:
                yield from self.of_values(before.get(name), now.get(name), f"{path}{name}", self.keyed.get(name))

    def of_values(self, before: Any, now: Any, path: str, key: str | None = None) -> Iterator[Difference]:
        if isinstance(before, dict) and isinstance(now, dict):
            yield from self.of_objects(before, now, f"{path}.")
        elif (_is_list(before) and (_is_list(now) or now in BLANK)) or (_is_list(now) and before in BLANK):
            yield from self.of_lists(before or [], now or [], path, key)
        elif not self.spelling.equal(path, now, before):
            yield Difference(path, now, before)

    def of_lists(self, before: Sequence[Any], now: Sequence[Any], path: str, key: str | None) -> Iterator[Difference]:
        left = dict(enumerate(now))
        for place, old in enumerate(before):
            found = self._found(old, left, path, key)
            if found is None:
                yield Difference(f"{path}[{place}]", None, old)
            else:
                yield from self.of_values(old, left.pop(found), f"{path}[{place}]")
        yield from (Difference(f"{path}[{place}]", one, None) for place, one in left.items())

    def _found(self, old: Any, left: Mapping[int, Any], path: str, key: str | None) -> int | None:
        """Return the index of the same object: the one with the same key or, without a key, an equal one."""
        if _has(old, key):
            return next((n for n, one in left.items() if _has(one, key) and str(one[key]) == str(old[key])), None)
        unkeyed = ((n, one) for n, one in left.items() if not _has(one, key))
        return next((n for n, one in unkeyed if not any(self.of_values(old, one, path))), None)


def _has(value: Any, key: str | None) -> bool:
    return isinstance(value, dict) and value.get(key) not in BLANK


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)
