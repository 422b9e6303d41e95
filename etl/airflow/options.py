"""Check the options of a push or a migration while the DAG is parsed, and fill them in when it runs.

Templates and other tasks' results are checked by the call itself, before it does anything. The library is imported only
if there is something to check: most DAGs are parsed without it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from airflow.sdk import XComArg

from etl.airflow.base_operator import given
from etl.errors import UsageError

MARKS = ("{{", "{%")


def together(named: Mapping[str, Any], options: Mapping[str, Any] | None, own: Collection[str]) -> dict[str, Any]:
    """Merge the named options, unless None, with `options`. Raises UsageError for one that is in both, and for an `own`
    argument of the operator."""
    said = {name: value for name, value in named.items() if value is not None}
    more = options or {}
    if wrong := more.keys() & {*own, *said}:
        raise UsageError(f"options has {min(wrong)}, which the operator is given by itself.", remedy="Give it once.")
    return {**said, **more}


def check_options(call: str, options: Mapping[str, Any], never_rendered: Collection[str] = ()) -> None:
    """Raise UsageError, which Airflow shows as an import error, for an option that the library's call of that name
    does not have, or for an invalid value."""
    known = {name: value for name, value in options.items() if name in never_rendered or not is_open(value)}
    if not known:
        return
    from etl import library
    from etl.library.arguments import check_some
    from etl.push.error_limit import stop_after

    check_some(getattr(library, call), known)
    limit = known.get("stop_after_errors")
    stop_after(None if limit is None else str(limit))


def is_open(value: Any) -> bool:
    """Whether a value is unknown until the task runs: it is or contains a template or another task's result."""
    if isinstance(value, str):
        return any(mark in value for mark in MARKS)
    if isinstance(value, Mapping):
        return any(map(is_open, value.values()))
    if isinstance(value, list | tuple):
        return any(map(is_open, value))
    return isinstance(value, XComArg)


def rendered(options: Mapping[str, Any]) -> dict[str, Any]:
    """Drop options that rendered as empty: they count as not set."""
    return {name: value for name, value in options.items() if not isinstance(value, str) or given(value) is not None}
