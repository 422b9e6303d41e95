"""The options of a push or a migration, as a DAG says them: checked while it is parsed, and filled in when it runs.

What is still a template, or another task's result, is checked by the call itself, before it does anything. The library
is imported only where there is something to check: most DAGs are parsed without it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from airflow.sdk import XComArg

from etl.airflow.contact_operator import given
from etl.errors import UsageError

MARKS = ("{{", "{%")


def together(named: Mapping[str, Any], options: Mapping[str, Any] | None, own: Collection[str]) -> dict[str, Any]:
    """Those said by name, where None says nothing, and those in `options`. Raises UsageError for one that is said in
    both ways, and for an `own` argument of the operator."""
    said = {name: value for name, value in named.items() if value is not None}
    more = options or {}
    if wrong := more.keys() & {*own, *said}:
        raise UsageError(f"options has {min(wrong)}, which the operator is given by itself.", remedy="Give it once.")
    return {**said, **more}


def check_options(call: str, options: Mapping[str, Any], never_rendered: Collection[str] = ()) -> None:
    """Raises UsageError, which Airflow shows as an import error, for an option that the library's call of that name
    does not have, or that cannot be so."""
    known = {name: value for name, value in options.items() if name in never_rendered or not is_open(value)}
    if not known:
        return
    from etl import library
    from etl.library.arguments import check_some
    from etl.push.stop_after import stop_after

    check_some(getattr(library, call), known)
    limit = known.get("stop_after_errors")
    stop_after(None if limit is None else str(limit))


def is_open(value: Any) -> bool:
    """Whether it is not known before the task runs: a template, or another task's result, or something made of such."""
    if isinstance(value, str):
        return any(mark in value for mark in MARKS)
    if isinstance(value, Mapping):
        return any(map(is_open, value.values()))
    if isinstance(value, list | tuple):
        return any(map(is_open, value))
    return isinstance(value, XComArg)


def rendered(options: Mapping[str, Any]) -> dict[str, Any]:
    """Without the texts that rendered as nothing: it is as if these options were not said."""
    return {name: value for name, value in options.items() if not isinstance(value, str) or given(value) is not None}
