"""Show that a process is alive, by a lock that dies with it: even by kill -9, and even if its pid is reused."""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path

from etl.errors import InputOutputError
from etl.state.files import cannot_create, discard, make_folder


class Session:
    """A lock held from construction until `close`. `folder` is shared by all sessions; `name` is this one's."""

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self.name = secrets.token_hex(8)
        self._folder = folder
        self._path = folder / f"{self.name}.lock"
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise cannot_create(self._path, error) from None
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def is_gone(self, name: str) -> bool:
        """Whether a session has ended. A suspended process still counts as alive."""
        if name == self.name:
            return False
        path = self._folder / f"{name}.lock"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        except OSError as error:
            raise InputOutputError(f"{path} cannot be opened: {error.strerror}.") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True

    def sweep(self) -> None:
        """Remove what dead sessions left behind. Call only while no session is being created."""
        for path in self._folder.glob("*.lock"):
            if self.is_gone(path.stem):
                discard(path)

    def close(self) -> None:
        discard(self._path)
        os.close(self._descriptor)
