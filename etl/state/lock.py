"""A lock that frees itself when its holder dies: one run at a time for each account and stream."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from etl.errors import TryLater
from etl.state.files import cannot_create, make_folder


@contextmanager
def hold(folder: Path, names: Iterable[str]) -> Iterator[None]:
    """Hold the locks of these names. Raises TryLater at once where another process holds one."""
    make_folder(folder)
    held: list[int] = []
    try:
        for name in sorted(names):
            path = folder / f"{name}.lock"
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise cannot_create(path, error) from None
            held.append(descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise TryLater(f"Another run is busy with {name}.", remedy="Wait for it to end, or stop it.") from None
        yield
    finally:
        for descriptor in held:
            os.close(descriptor)
