"""Remote records and bodies side by side: where they differ, and what a record says under a wire field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

BLANK: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Difference:
    """A field whose remote value is not the one of the body."""

    field: str
    remote: Any
    ours: Any


def told(record: Mapping[str, Any], name: str) -> Any:
    """The value of a wire field, also where the record stands inside an object of its own."""
    if name in record:
        return record[name]
    inner = (value for value in record.values() if isinstance(value, Mapping))
    return next((value[name] for value in inner if name in value), None)


def without(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The record as if the field had nothing in it, on both of those levels."""
    return {
        key: {**value, name: None} if isinstance(value, Mapping) and name in value else value
        for key, value in record.items()
        if key != name
    }


def differences(
    record: Mapping[str, Any], body: Mapping[str, Any], *, shown: bool = False, before: str = ""
) -> Iterator[Difference]:
    """Where a record does not hold what a body says. What the body does not name is not looked at, nor with `shown`
    is what the record does not show: some APIs show less than they take."""
    for name, ours in body.items():
        if shown and not _shows(record, name):
            continue
        yield from _differ(record.get(name) if before else told(record, name), ours, f"{before}{name}", shown)


def _shows(record: Mapping[str, Any], name: str) -> bool:
    return name in record or any(isinstance(value, Mapping) and name in value for value in record.values())


def _differ(remote: Any, ours: Any, path: str, shown: bool) -> Iterator[Difference]:
    if isinstance(ours, Mapping) and isinstance(remote, Mapping):
        yield from differences(remote, ours, shown=shown, before=f"{path}.")
    elif _are_lists(remote, ours):
        for number, one in enumerate(ours):  # the order in which a server shows them is its own
            compared = [list(_differ(theirs, one, f"{path}[{number}]", shown)) for theirs in remote]
            yield from min(compared, key=len, default=[Difference(f"{path}[{number}]", None, one)])
    elif not _equal(remote, ours):
        yield Difference(path, remote, ours)


def _are_lists(*values: Any) -> bool:
    return all(isinstance(value, Sequence) and not isinstance(value, str) for value in values)


def _equal(remote: Any, ours: Any) -> bool:
    if remote in BLANK and ours in BLANK:
        return True
    if isinstance(remote, bool) or isinstance(ours, bool):
        return str(remote).casefold() in _spellings(ours)
    return remote == ours or str(remote).strip() == str(ours).strip() or _number(remote) == _number(ours) is not None


def _spellings(value: Any) -> tuple[str, ...]:
    return ("true", "1") if str(value).casefold() in ("true", "1") else ("false", "0", "none", "")


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
