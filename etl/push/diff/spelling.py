"""How a target spells the values that it stores. A value that only has another spelling is no difference.

Some spellings are safe anywhere: blanks, HTML entities, numbers, booleans, durations, times, and phone numbers that
dial the same from the same place. Whatever else a target does to a field (`etl.state.entries.FormKind`) is learnt from
answers that are proven to be about our row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from etl.state.entries import Form, FormKind
from etl.state.redaction import is_hashed, is_same_value
from etl.systems.shared.canonical import number, seconds, written
from etl.systems.shared.cells import BLANK, flag
from etl.systems.shared.numbers_to_send import is_phone, same_call

CASE, MARKS, DIGITS, DROPPED = map(Form, (FormKind.CASE, FormKind.MARKS, FormKind.DIGITS, FormKind.DROPPED))

_NO_NUMBER = re.compile(r"\+|0[0-9]")
"""The beginning of a text whose zero or plus counts: a number would have none."""
_PLACES = re.compile(r"\[\d+\]")
_MARKS = re.compile(r"[\W_]+")


class Spelling:
    """The known spellings of one target's fields. Does no I/O: whoever calls `learn` stores what it returns."""

    def __init__(self, learnt: Mapping[str, Collection[Form]] = {}) -> None:
        self.learnt: dict[str, set[Form]] = {path: set(forms) for path, forms in learnt.items()}

    def equal(self, path: str, remote: Any, ours: Any) -> bool:
        """Whether a record's value is ours, as the target spells it. `path` may contain list indexes."""
        if type(remote) is type(ours) and remote == ours:
            return True
        if is_hashed(ours) or is_hashed(remote):
            return is_same_value(ours, remote) or is_same_value(remote, ours)
        path = bare(path)
        if same(path, remote, ours):
            return True
        forms = self.learnt.get(path)
        return forms is not None and any(_explains(one, remote, ours) for one in _together(forms))

    def learn(self, path: str, ours: Any, shown: Any) -> set[Form] | None:
        """Learn the forms in which a proven answer shows our value; an empty set where it is unchanged. Returns None,
        and learns nothing, where it is simply another value. Not for records that anybody else may have changed."""
        path = bare(path)
        if (type(shown) is type(ours) and shown == ours) or same(path, shown, ours):
            return set()
        known = self.learnt.get(path, set())
        for forms in _candidates(ours, shown, known):
            if _explains(forms, shown, ours):
                self.learnt[path] = {form for form in known if not (_is_cut(form) and any(map(_is_cut, forms)))} | forms
                return forms
        return None


def bare(path: str) -> str:
    """Remove the list indexes from a path."""
    return _PLACES.sub("", path)


def same(path: str, remote: Any, ours: Any) -> bool:
    """Whether two values are the same in any system."""
    if _blank(remote) and _blank(ours):
        return True
    if isinstance(remote, bool) or isinstance(ours, bool):
        return _truth(remote) is not None and _truth(remote) is _truth(ours)
    if any(isinstance(value, int | float | Decimal) for value in (remote, ours)):
        if any(isinstance(value, str) and _NO_NUMBER.match(value.strip()) for value in (remote, ours)):
            return False
        return number(remote) is not None and number(remote) == number(ours)
    if isinstance(remote, str) and isinstance(ours, str):
        return _same_text(path, remote, ours)
    return bool(remote == ours)


def _same_text(path: str, remote: str, ours: str) -> bool:
    if written(remote) == written(ours):
        return True
    lasting = seconds(remote)
    if lasting is not None and lasting == seconds(ours):
        return True
    return is_phone(path) and same_call(remote, ours)


def _blank(value: Any) -> bool:
    return value in BLANK or (isinstance(value, str) and not value.strip())


def _truth(value: Any) -> bool | None:
    """Read a boolean; a missing value is false."""
    return False if _blank(value) else flag(value)


def _candidates(ours: Any, shown: Any, known: Collection[Form]) -> Iterator[set[Form]]:
    """Propose the forms that may explain a spelling, the narrowest first."""
    if _blank(shown):
        yield {DROPPED}
        return
    yield from ({CASE}, {MARKS}, {CASE, MARKS}, {DIGITS})
    length = len(written(shown))
    before = next((form.length for form in known if _is_cut(form)), length)
    if abs(length - before) <= 1:  # truncation right after a blank loses one more character
        for at in (max(length, before), length):
            yield from ({Form(FormKind.CUT, at)}, {CASE, Form(FormKind.CUT, at)})


def _together(forms: Collection[Form]) -> Iterator[set[Form]]:
    """Combine the known forms: each by itself, and those that may occur together."""
    yield from ({form} for form in forms)
    yield from ({CASE, form} for form in forms if CASE in forms and (form == MARKS or _is_cut(form)))


def _explains(forms: Collection[Form], remote: Any, ours: Any) -> bool:
    if DROPPED in forms:
        return _blank(remote)
    if not (isinstance(remote, str) and isinstance(ours, str)) or _blank(remote):
        return False
    one, other = written(remote), written(ours)
    if CASE in forms:
        one, other = one.casefold(), other.casefold()
    if MARKS in forms:
        one, other = _MARKS.sub("", one), _MARKS.sub("", other)
    if DIGITS in forms:
        return one.isdigit() and one == re.sub(r"\D", "", other)
    for length in (form.length for form in forms if _is_cut(form)):
        return len(other) > length and one == other[:length].rstrip()
    return bool(one) and one == other


def _is_cut(form: Form) -> bool:
    return form.kind is FormKind.CUT
