"""A system with limits of any kind, declared in a file beside etl.toml, and a server that counts by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from etl.systems.declare import Daily, MovingWindow, System
from etl.systems.targets import targets_of
from tests.support.plugins import ACCOUNT, CRM, people
from tests.support.scripted import Answer, Seen
from tests.support.workplace import Project, Ran

FILES = '[systems]\nfiles = ["crm.py"]\n'
DECLARED = "limits=(MovingWindow(600, seconds=60),),"
assert DECLARED in CRM


def declared(project: Project, limits: str, *lines: str, url: str = "https://example.nl", text: str = CRM) -> Project:
    """A project whose system has these limits, as Python, and whose account has these lines."""
    Path(project.folder, "crm.py").write_text(_with(text, limits), "utf-8")
    return project.configure(FILES + ACCOUNT + "\n".join(lines) + "\n", url)


def system_of(limits: str, text: str = CRM) -> System:
    """The system with these limits."""
    names: dict[str, Any] = {}
    exec(_with(text, limits), names)
    system = names["CRM"]
    assert isinstance(system, System)
    return system


def weighty(system: System) -> System:
    """Customers that are listed at a weight, under limits of that path, and updated at another; four at once."""
    stream, (target, *others) = system.stream("customers"), targets_of(system)
    assert target.update is not None
    return replace(
        system,
        limits=(MovingWindow(360, seconds=60), MovingWindow(60, seconds=300, endpoint=stream.path),
                Daily(900, endpoint=stream.path)),
        streams=tuple(replace(one, weight=2) if one is stream else one for one in system.streams),
        targets=(replace(target, update=replace(target.update, weight=5)), *others),
        at_once=4,
    )  # fmt: skip


def office(count: int = 3) -> Callable[[Seen], Answer]:
    """A server's answers: so many people."""
    return lambda seen: Answer(people(count))


def paged(seen: Seen, count: int) -> Answer:
    """A page of ten of so many people."""
    first = (int(seen.query["page"]) - 1) * 10
    return Answer(people(count)[first : first + 10])


def refused(project: Project, *arguments: str) -> str:
    """What a command says of a configuration or declaration that is refused."""
    ran: Ran = project.etl(*(arguments or ("status",)))
    assert ran.code == 78, ran
    return ran.err


def _with(text: str, limits: str) -> str:
    return text.replace(DECLARED, f"limits=({limits}),").replace("    MovingWindow,", "    Daily,\n    MovingWindow,")
