"""Read an error from a body in the spellings of truth that servers use: true, 1, "1", "true", or its text."""

from __future__ import annotations

from typing import Any

NO = frozenset({"", "0", "false", "null"})
YES = frozenset({"1", "true"})


def told_error(body: Any) -> str | None:
    """Return the message of the error that a body tells of, empty if it has none; None if it tells of no error.

    An `error_message` without an `error` is one, too.
    """
    if not isinstance(body, dict):
        return None
    error, said = body.get("error"), body.get("error_message")
    if not (is_told(error) or (error in (None, "") and is_told(said))):
        return None
    inner = error if isinstance(error, dict) else {}
    spoken = (said, body.get("message"), inner.get("message"), inner.get("error_message"), error)
    return next((text for text in spoken if isinstance(text, str) and text.strip().casefold() not in NO | YES), "")


def is_told(value: Any) -> bool:
    """Return whether what a body has under the name of an error tells of one."""
    return value.strip().casefold() not in NO if isinstance(value, str) else bool(value)
