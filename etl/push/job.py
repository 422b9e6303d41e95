"""One row on its way: what is to be done with it at the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from etl.state.entries import Source
from etl.targets.declare import Draft

Action: TypeAlias = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class TakingBack:
    """A job that takes back what a run did, if the record still is as that run left it: as it `sent` it."""

    sent: Mapping[str, Any]


@dataclass(slots=True)
class Job:
    """`body` is what goes out: the draft's for a create, made out of draft and remote record for an update.

    `hash` is that of the draft. `before` is the record that an update or a delete takes the place of. `tries` counts
    the attempts that were proven to have had no effect; `sent` says that one may be under way. `note` is told with
    whatever comes of it.
    """

    line: int
    source: Source
    action: Action
    draft: Draft | None
    hash: str = ""
    remote_id: str | None = None
    body: dict[str, Any] | None = None
    before: dict[str, Any] | None = None
    tries: int = 0
    sent: bool = False
    sent_at: datetime | None = None
    taking_back: TakingBack | None = None
    note: str | None = None
