"""Find, show and erase a person, as calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from etl.clock import SystemClock
from etl.config.settings import Settings
from etl.library.accounts import settings_of
from etl.library.arguments import checked
from etl.person.wanted import Asked
from etl.runs import person


@checked
def find_person(
    settings: Settings | Path | str,
    out: Path | str = "out",
    *,
    email: Sequence[str] = (),
    phone: Sequence[str] = (),
    key: Sequence[str] = (),
) -> dict[str, Any]:
    """Count what is held of a person, by place and file, in the state folder, in `out` and in the output folders of
    former runs. A key is ACCOUNT.STREAM:ID, or ACCOUNT:ID. Changes nothing. Raises UsageError for what is no e-mail
    address, phone number or key, InputOutputError for a file that cannot be read.
    """
    loaded, asked = _asked(settings, email, phone, key)
    return person.find_person(loaded, asked, [Path(out)], clock=SystemClock()).as_dict()


@checked
def export_person(
    settings: Settings | Path | str,
    out: Path | str = "out",
    *,
    email: Sequence[str] = (),
    phone: Sequence[str] = (),
    key: Sequence[str] = (),
) -> dict[str, Any]:
    """Write all that is held of a person to `out`/persons, as one JSON file and one page to read, 0600; `files` in the
    summary are their paths. Raises as `find_person` does, and CannotCreate."""
    loaded, asked = _asked(settings, email, phone, key)
    return person.export_person(loaded, asked, [Path(out)], clock=SystemClock()).as_dict()


@checked
def erase_person(
    settings: Settings | Path | str,
    out: Path | str = "out",
    *,
    email: Sequence[str] = (),
    phone: Sequence[str] = (),
    key: Sequence[str] = (),
    dry_run: bool = False,
) -> dict[str, Any]:
    """Erase a person from all that is kept; later exports, replays and pushes leave them out. There is no confirmation:
    the call is the consent. `files` in the summary is the certificate. A call that was killed is finished by the same
    call. Raises as `find_person` does, and TryLater while a run is under way or the outcome of a row is not known.
    """
    loaded, asked = _asked(settings, email, phone, key)
    return person.erase_person(loaded, asked, [Path(out)], clock=SystemClock(), dry_run=dry_run).as_dict()


def _asked(
    settings: Settings | Path | str, email: Sequence[str], phone: Sequence[str], key: Sequence[str]
) -> tuple[Settings, Asked]:
    loaded = settings_of(settings)
    return loaded, Asked.of(email, phone, key, countries=person.countries_of(loaded))
