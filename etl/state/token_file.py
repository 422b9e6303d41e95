"""Keep the tokens of a credential, shared by all processes of a user: a file (0600) and its lock, in one folder.

A refresh that is about to be sent is noted before its first byte goes out, and what it brought replaces the note: a
note that is found later tells that an answer was lost, by a kill or on its way.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import stat
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from etl.errors import ConfigurationError, TryLater
from etl.regular_file import NotUsable, open_regular
from etl.state.files import cannot_create, make_folder, write_whole

LARGEST = 1 << 18
"""The largest file of tokens, in bytes."""
LOOK_S = 0.05
LONGEST_S = 180.0
"""How long another process may take for a refresh, in seconds: more than its request may."""


@dataclass(frozen=True)
class Tokens:
    """`access` is good until `good_until`, where that is known. `sent_at` is when a refresh was sent whose answer never
    came here."""

    refresh: str | None = None
    access: str | None = None
    good_until: datetime | None = None
    sent_at: datetime | None = None


class TokenFile:
    """The file of one credential. `read` and `write` it while `locked`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.json"
        self._lock = folder / f"{name}.lock"

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Wait for the processes that use it. Raises TryLater where one does not come to an end."""
        make_folder(self.path.parent)
        try:
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise cannot_create(self._lock, error) from None
        try:
            await self._turn(descriptor)
            yield
        finally:
            os.close(descriptor)

    async def _turn(self, descriptor: int) -> None:
        until = time.monotonic() + LONGEST_S  # other processes live by no clock of ours
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TryLater(
                        f"Another process has been fetching a token for {LONGEST_S:.0f} s, and does not end.",
                        remedy=f"End the process that holds {self._lock}, or run the same command again later.",
                    ) from None
            await asyncio.sleep(LOOK_S)

    def read(self) -> Tokens:
        """Read what is kept; nothing where there is no file. Raises ConfigurationError for one that is damaged, or that
        others may use."""
        try:
            with open_regular(self.path, LARGEST) as file:
                mode, text = stat.S_IMODE(os.fstat(file.fileno()).st_mode), file.read(LARGEST)
        except FileNotFoundError:
            return Tokens()
        except NotUsable as unfit:
            raise ConfigurationError(f"{self.path} is {unfit.reason}.", remedy="Move it away.") from None
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be read: {error.strerror}.") from None
        if mode & 0o077:
            raise ConfigurationError(
                f"{self.path} holds tokens, and others may use it.", remedy=f"chmod 600 {self.path}"
            )
        try:
            found = json.loads(text)
            return Tokens(
                _text(found["refresh_token"]),
                _text(found["access_token"]),
                _time(found["good_until"]),
                _time(found["sent_at"]),
            )
        except (ValueError, KeyError, TypeError):
            raise ConfigurationError(
                f"{self.path} is damaged: the tokens in it are lost.",
                remedy="Remove it; the next run goes on with the configured credential. If the vendor refuses that, "
                "give consent anew.",
            ) from None

    def write(self, tokens: Tokens) -> None:
        """Replace what is kept, durably on return. Raises CannotCreate or InputOutputError."""
        kept = {
            "refresh_token": tokens.refresh,
            "access_token": tokens.access,
            "good_until": tokens.good_until.isoformat() if tokens.good_until else None,
            "sent_at": tokens.sent_at.isoformat() if tokens.sent_at else None,
        }
        write_whole(self.path, json.dumps(kept).encode())


def _text(found: object) -> str | None:
    if found is not None and not isinstance(found, str):
        raise TypeError
    return found


def _time(found: str | None) -> datetime | None:
    """A time with its zone. Raises ValueError, TypeError."""
    at = datetime.fromisoformat(found) if found is not None else None
    if at is not None and at.tzinfo is None:
        raise ValueError
    return at
