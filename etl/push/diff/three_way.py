"""The three-way merge of an update: compare a row with its former values, and three versions of its record.

    former (the row when last done)  ->  row now         changes: what our side means to change
    base (the record as we left it), theirs (as it is now), ours (theirs with the changes)

A field that only they changed keeps their value; one that only we changed gets ours; one that both changed is a
conflict. A value of theirs that an earlier merge kept, and that is therefore in the base, still counts as their change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from etl.push.diff.diff import differences, differences_of, is_equal
from etl.push.diff.spelling import Spelling
from etl.push.push_order import OnConflict
from etl.state.redaction import is_hashed, is_same_value
from etl.systems.declare import Record, Target
from etl.systems.shared.cells import BLANK

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Conflict:
    """A field that both sides changed since we last saw it."""

    field: str
    base: Any
    theirs: Any
    ours: Any


@dataclass
class Merged:
    """The body of an update; `expected` are the fields of it that the record does not hold yet."""

    body: dict[str, Any]
    expected: dict[str, Any] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)


def changes_of(former: Record | None, draft: Record, additive: Collection[str] = ()) -> dict[str, Any]:
    """Return the row's values that changed since it was last done; all values where the former ones are unknown.

    Of an `additive` list (an update adds to it and removes nothing) return only new or changed items.
    """
    if former is None:
        return dict(draft)
    changed: dict[str, Any] = {}
    for name, value in draft.items():
        before = former.get(name)
        if is_same_value(before, value):
            continue
        if name in additive and _is_items(value) and before is not None and _is_items(before):
            new = [one for one in value if not any(is_same_value(old, one) for old in before)]
            changed |= {name: new} if new else {}
        else:
            changed[name] = value
    return changed


def three_way(
    target: Target,
    ours: Record,
    theirs: Record,
    base: Record | None,
    spelling: Spelling,
    on_conflict: OnConflict,
    former: Record | None = None,
    *,
    lost: bool = False,
) -> Merged:
    """Merge the body `ours`, which was made over `theirs`, keeping what only they changed. `former` holds the row's
    former values, unless somebody has decided about the base since. If the base is `lost`, any current value that
    differs from the row's former one may be theirs."""
    merged = Merged({})
    merger = _Merger(target, spelling, on_conflict, merged.conflicts, lost)
    for name, value in ours.items():
        merged.body[name] = merger.merge(name, value, theirs.get(name), _of(base, name), _of(former, name))
    for name, value in merged.body.items():
        if any(differences(theirs, {name: value}, spelling=spelling)):
            merged.expected[name] = value
    return merged


UNKNOWN: Any = object()
"""An unknown value of a field, which is not the same as an empty one."""


def _of(record: Record | None, name: str) -> Any:
    return UNKNOWN if record is None else record.get(name, UNKNOWN)


@dataclass
class _Merger:
    """Merges single fields. `base` and `said` may be UNKNOWN: how we left the field, and the row's value then."""

    target: Target
    spelling: Spelling
    on_conflict: OnConflict
    conflicts: list[Conflict]
    lost: bool

    def merge(self, path: str, ours: Any, theirs: Any, base: Any, said: Any) -> Any:
        if is_equal(theirs, ours):
            return ours
        key = self.target.keyed.get(path)
        if is_hashed(base) and is_same_value(base, theirs):
            base = theirs
        if key is not None and path in self.target.additive and _is_items(ours) and not is_hashed(base):
            return [self._merge_item(path, key, one, theirs, base, said) for one in ours]
        if self._is_equal(path, theirs, ours) or self._is_only_ours(path, theirs, base, said):
            return ours
        if base is UNKNOWN or not self._is_equal(path, base, ours):
            self.conflicts.append(Conflict(path, None if base is UNKNOWN else base, theirs, ours))
            return ours if self.on_conflict == "ours" else theirs
        return theirs

    def _is_only_ours(self, path: str, theirs: Any, base: Any, said: Any) -> bool:
        """Whether nobody else changed a value, as far as is known: it is as we left it, and as the row had it."""
        if base is UNKNOWN:
            return not self.lost or theirs in BLANK or (said is not UNKNOWN and self._is_equal(path, theirs, said))
        if not self._is_equal(path, base, theirs):
            return False
        return said is UNKNOWN or is_hashed(said) or self._is_equal(path, base, said)

    def _merge_item(self, path: str, key: str, ours: Item, theirs: Any, base: Any, said: Any) -> Item:
        own, left = _by(theirs, key, ours), _by(base, key, ours)
        if own is None:
            return ours
        former_item = _by(said, key, ours) or _likest(said, left)
        return {
            name: self.merge(f"{path}.{name}", value, own.get(name), _of(left, name), _of(former_item, name))
            for name, value in ours.items()
        }

    def _is_equal(self, path: str, one: Any, other: Any) -> bool:
        if is_same_value(one, other):
            return True
        pairs = (one, other), (other, one)
        return not any(any(differences_of(*pair, path, self.spelling)) for pair in pairs)


def _is_items(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(one, dict) for one in value)


def _by(items: Any, key: str, one: Item) -> Item | None:
    """Find the same object in a list, by the key that identifies it at the target."""
    wanted = one.get(key)
    if wanted is None or not _is_items(items):
        return None
    return next((one for one in items if str(one.get(key)) == str(wanted) or _is_hash(one.get(key), wanted)), None)


def _is_hash(kept: Any, value: Any) -> bool:
    return is_same_value(kept, value) or is_same_value(kept, str(value))


def _likest(items: Any, left: Item | None) -> Item | None:
    """Find the item of a row, which has no id, that an object at the target was made from: it has most in common."""
    if left is None or not _is_items(items):
        return None

    def common(item: Item) -> int:
        return sum(bool(value) and left.get(name) == value for name, value in item.items() if value is not True)

    found = max(items, key=common, default=None)
    return found if found is not None and common(found) else None
