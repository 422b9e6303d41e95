"""Every way a run can end early, whose fault it was, and whether waiting helps.

    EtlError
    ├── UsageError              64  the command line asks for something that is not there
    ├── RowsRejected            65  done, but some rows were set aside
    ├── RemoteRefused           69  the remote said no, and will say no again
    ├── CannotCreate            73  an output cannot be created
    ├── InputOutputError        74  reading or writing failed half-way
    ├── TryLater                75  waiting helps: outage, lock held elsewhere
    │   └── BudgetSpent         75  the call budget is spent until resume_at
    ├── ProtocolBroken          76  the remote broke its own protocol
    ├── CredentialsRefused      77  the remote does not accept our credentials
    └── ConfigurationError      78  etl.toml, the environment or the state folder is wrong

A message says what happened, where, what is kept and what to do; never a secret (`etl.scrub`), never a customer's data.
"""

from __future__ import annotations

import os
import traceback
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from etl.scrub import scrubbed

_plugins: dict[str, str] = {}


def know_plugin(place: Path, who: str) -> None:
    """Know the file or folder of a plugin: what fails unexpectedly there is no bug of ours."""
    _plugins[str(place)] = who


class EtlError(Exception):
    """The base of all of the above. Raised as it is only for a bug of ours (70).

    `summary` is what the run came to that it ended, where one had begun: the JSON object of its command.
    """

    exit_code: ClassVar[int] = 70
    waiting_helps: ClassVar[bool] = False

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        self.message = scrubbed(message)
        self.remedy = scrubbed(remedy) if remedy else remedy
        super().__init__(self.message)
        self.summary: dict[str, Any] = {}

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}" if self.remedy else self.message

    @classmethod
    def bug(cls, error: BaseException) -> EtlError:
        """An unexpected exception as a bug of ours, or of the plugin it passed: its kind and place, without the values
        it met."""
        frames = traceback.extract_tb(error.__traceback__)
        for frame in reversed(frames):
            if who := _plugin_of(frame.filename):
                return ConfigurationError(
                    f"{who} failed: {type(error).__name__} at {_places(frame, frames[-1])}.",
                    remedy="Mend it there. Nothing that landed is lost.",
                )
        ours = [frame for frame in frames if f"{os.sep}etl{os.sep}" in frame.filename]
        return EtlError(
            f"A bug of ours: {type(error).__name__} at {_places(*ours[-1:], *frames[-1:])}.",
            remedy="Nothing that landed is lost; please report it.",
        )


class UsageError(EtlError):
    exit_code = 64


class RowsRejected(EtlError):
    exit_code = 65


class RemoteRefused(EtlError):
    """`status` is that of the answer, where one came."""

    exit_code = 69
    status: int | None = None


class CannotCreate(EtlError):
    exit_code = 73


class InputOutputError(EtlError):
    exit_code = 74


class TryLater(EtlError):
    """Waiting helps. `resume_at` (aware, UTC) says when to come back, where that is known."""

    exit_code = 75
    waiting_helps = True

    def __init__(self, message: str, *, remedy: str | None = None, resume_at: datetime | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.resume_at = resume_at


class BudgetSpent(TryLater):
    """The calls of this account are used up until `resume_at`; everything so far is saved."""


class ProtocolBroken(EtlError):
    """`rejects` is the file of the records that could not be read, where tables were not written for them."""

    exit_code = 76
    rejects: Path | None = None


class CredentialsRefused(EtlError):
    exit_code = 77


class ConfigurationError(EtlError):
    exit_code = 78


def _plugin_of(file: str) -> str | None:
    return next((who for place, who in _plugins.items() if file == place or file.startswith(place + os.sep)), None)


def _places(*frames: traceback.FrameSummary) -> str:
    return ", ".join(dict.fromkeys(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames))
