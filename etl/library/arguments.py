"""Check the arguments of a call: an error names the allowed values, and no wrong value is coerced."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, wraps
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    ParamSpec,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from etl.errors import UsageError
from etl.regular_file import holds_nul

Count: TypeAlias = Annotated[int, Field(ge=1)]
"""A count of 1 or more."""
Format: TypeAlias = Literal["parquet", "csv", "xlsx"]
P = ParamSpec("P")
R = TypeVar("R")
WORDS: Mapping[Any, str] = {str: "a text", bool: "True or False", int: "a whole number", NoneType: "None"}


def checked(call: Callable[P, R]) -> Callable[P, R]:
    """Make a call raise UsageError, before it does anything, for an argument that its signature does not allow."""
    signature = inspect.signature(call)

    @wraps(call)
    def careful(*args: P.args, **kwargs: P.kwargs) -> R:
        _check_values(call, _bound(call, signature, args, kwargs))
        return call(*args, **kwargs)

    return careful


def check_some(call: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """Check some of a call's arguments in advance. Raises UsageError as the call would."""
    _check_names(call, inspect.signature(call), given)
    _check_values(call, given)


def _check_names(call: Callable[..., Any], signature: inspect.Signature, names: Iterable[str]) -> None:
    for name in names:
        if name not in signature.parameters:
            raise UsageError(
                f"{call.__name__} has no argument {name}.",
                remedy=_right(name, list(signature.parameters), quoted=False),
            )


def _check_values(call: Callable[..., Any], given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if not _fits(value, hint := _hints(call)[name]):
            raise _refusal(name, value, hint)
        if holds_nul(value):
            raise UsageError(f"{name} holds a NUL byte, which no path and no name has.")


def _bound(
    call: Callable[..., Any], signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Mapping[str, Any]:
    _check_names(call, signature, kwargs)
    try:
        return signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        raise UsageError(
            f"{call.__name__}: {error}.", remedy=f"It is called as {call.__name__}{_required(signature)}."
        ) from None


def _required(signature: inspect.Signature) -> str:
    """The names of the required arguments."""
    return f"({', '.join(name for name, one in signature.parameters.items() if one.default is one.empty)}, …)"


@cache
def _hints(call: Callable[..., Any]) -> Mapping[str, Any]:
    return get_type_hints(call, include_extras=True)


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint, config=ConfigDict(strict=True, arbitrary_types_allowed=True))


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | tuple):
        value = list(value)  # the check is for a list; a scheduler may have its own sequence types
    elif isinstance(value, Mapping):
        value = dict(value)
    try:
        _adapter(hint).validate_python(value)
    except ValidationError:
        return False
    return True


def _refusal(name: str, value: Any, hint: Any) -> UsageError:
    """The error that names the value, and what is allowed."""
    kinds = _kinds(hint)
    several = next((kind for kind in kinds if get_origin(kind) is Sequence), None)
    if several is not None and isinstance(value, str):
        return _one_for_several(name, value, get_args(several)[0])
    if several is not None and isinstance(value, Sequence):
        inner = get_args(several)[0]
        return _refusal(f"an element of {name}", next(one for one in value if not _fits(one, inner)), inner)
    words = [word for kind in kinds for word in _words(kind)]
    others = " or ".join(dict.fromkeys(_described(kind) for kind in kinds if not _words(kind)))
    if words:
        also = f" It may also be {others}." if others else ""
        return UsageError(f"{name}={_shown(value)} is not known.", remedy=_right(str(value), words, quoted=True) + also)
    shown = _shown(value) if all(get_origin(kind) is not Mapping for kind in kinds) else _type(value)
    return UsageError(f"{name}={shown} is not possible.", remedy=f"It is to be {others}.")


def _one_for_several(name: str, value: str, inner: Any) -> UsageError:
    """The error for a text instead of a sequence: how that is written, and which words are allowed."""
    words = [word for kind in _kinds(inner) for word in _words(kind)]
    known = f" {_right(value, words, quoted=True)}" if words else ""
    return UsageError(
        f"{name}={_shown(value)} is one text, not a sequence of them.", remedy=f"Write {name}=[{_shown(value)}].{known}"
    )


def _kinds(hint: Any) -> list[Any]:
    """The alternatives of a type."""
    if get_origin(hint) in (Union, UnionType):
        return [kind for one in get_args(hint) for kind in _kinds(one)]
    return [hint]


def _words(kind: Any) -> list[str]:
    return [str(word) for word in get_args(kind)] if get_origin(kind) is Literal else []


def _described(kind: Any) -> str:
    if get_origin(kind) is Annotated:
        return f"{_described(get_args(kind)[0])} from 1 on"
    if get_origin(kind) is Sequence:
        return "a sequence, such as a list"
    if get_origin(kind) is Mapping:
        return "a mapping, such as a dict"
    return WORDS.get(kind, f"a {getattr(kind, '__name__', kind)}")


def _shown(value: Any) -> str:
    """Show words and numbers as they are, anything else, which may hold a secret, by its type."""
    return repr(value)[:80] if isinstance(value, str | int | float | None) else _type(value)


def _type(value: Any) -> str:
    return f"a {type(value).__name__}"


def _right(given: str, known: list[str], *, quoted: bool) -> str:
    near = difflib.get_close_matches(given.lower(), known, 1)
    mark = '"' if quoted else ""
    meant = f"Did you mean {mark}{near[0]}{mark}? " if near and near[0] != given else ""
    return f"{meant}There {'are' if len(known) > 1 else 'is'} {', '.join(known)}."
