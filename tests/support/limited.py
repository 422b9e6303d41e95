"""A system with limits of any kind, declared in a file beside etl.toml, and a server that counts by them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from etl.systems.declare import System
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


def office(count: int = 3) -> Callable[[Seen], Answer]:
    """A server's answers: so many people."""
    return lambda seen: Answer(people(count))


def refused(project: Project, *arguments: str) -> str:
    """What a command says of a configuration or declaration that is refused."""
    ran: Ran = project.etl(*(arguments or ("status",)))
    assert ran.code == 78, ran
    return ran.err


def _with(text: str, limits: str) -> str:
    return text.replace(DECLARED, f"limits=({limits}),").replace("    MovingWindow,", "    Daily,\n    MovingWindow,")
