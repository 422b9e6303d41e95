"""Open a file that a user names: a regular one, of a bounded size. A pipe or a device may never end, or never begin."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import BinaryIO

KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"))


class NotUsable(Exception):
    """The file is of another kind, or too large: `FILE is {reason}`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def holds_nul(value: object) -> bool:
    """Whether a text or path, or one in a list or mapping of them, holds a NUL byte, which no file's name has."""
    if isinstance(value, Mapping):
        return any(map(holds_nul, value.values()))
    if isinstance(value, str | PurePath):
        return "\0" in str(value)
    return isinstance(value, Sequence) and any(map(holds_nul, value))


def user_path(text: str) -> Path:
    """A path as a user writes it, `~` for a home folder. Raises NotUsable for one that no file can have."""
    if holds_nul(text):
        raise NotUsable("no path: it holds a NUL byte")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise NotUsable("in the home folder of a user who is not known here") from None


def open_regular(path: Path, most_bytes: int) -> BinaryIO:
    """Open a file for reading; a link leads to its file. Raises NotUsable, and OSError as `open` does."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # without O_NONBLOCK a pipe waits here
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            kind = next((name for is_kind, name in KINDS if is_kind(status.st_mode)), "no regular file")
            raise NotUsable(f"{kind}, not a file")
        if status.st_size > most_bytes:
            raise NotUsable(f"larger than {size_text(most_bytes)}")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path, most_bytes: int) -> bytes:
    """Read the whole of such a file. Raises as `open_regular` does."""
    with open_regular(path, most_bytes) as file:
        found = file.read(most_bytes + 1)  # it may have grown meanwhile
    if len(found) > most_bytes:
        raise NotUsable(f"larger than {size_text(most_bytes)}")
    return found


def size_text(size: int) -> str:
    """Round a size for people."""
    for unit, name in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"
