"""Systems that are declared outside this package: by installed packages, and by files that an etl.toml names.

A package says so in its metadata, where its system's id is found without importing it:

    [project.entry-points."contact_etl.systems"]
    crm = "contact_crm:CRM"

A file says nothing before it is run: it is, once, when its configuration is read.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TypeVar

from etl.errors import ConfigurationError, know_plugin
from etl.regular_file import NotUsable, open_regular
from etl.systems.check import faults
from etl.systems.declare import System
from etl.systems.guarded import guarded
from etl.systems.plain.complete import completed

GROUP = "contact_etl.systems"
T = TypeVar("T")
LONGEST_TOLD = 200
LARGEST = 1 << 20
"""The largest file of systems, in bytes."""


@dataclass(frozen=True)
class Plugin:
    """What a package declares under a name. Nothing of it is looked at before it is needed: it may be malformed."""

    point: EntryPoint

    @property
    def who(self) -> str:
        """The package and its object, for people."""
        return f"{f'the package {self.point.dist.name} ' if self.point.dist else ''}({self.point.value})"


@cache
def installed(group: str) -> Mapping[str, tuple[Plugin, ...]]:
    """List what installed packages declare in a group of entry points, by name. Reads their metadata alone."""
    found: dict[str, tuple[Plugin, ...]] = {}
    for point in entry_points(group=group):
        found[point.name] = (*found.get(point.name, ()), Plugin(point))
    return found


def load(plugin: Plugin, name: str, kind: type[T]) -> T:
    """Import what a package declares under a name. Raises ConfigurationError naming the package and what to mend."""
    try:
        found = plugin.point.load()
    except (Exception, SystemExit) as error:
        raise ConfigurationError(
            f"{name} cannot be used: {plugin.who} cannot be imported: {reason(error)}.",
            remedy="Mend the package, or install another version of it.",
        ) from None
    know_plugin(_place(plugin.point.module), plugin.who)
    if not isinstance(found, kind):
        raise ConfigurationError(
            f"{name} cannot be used: {plugin.who} is of type {type(found).__name__}, not a {kind.__name__}.",
            remedy=f"Name the {kind.__name__} itself in the entry point: module:OBJECT.",
        )
    return found


def _place(module: str) -> Path:
    """The folder of a module that was imported, or its file where it is no part of a package."""
    file = Path(getattr(sys.modules.get(module), "__file__", None) or module)
    return file.parent if "." in module or file.name == "__init__.py" else file


def load_system(plugin: Plugin, name: str) -> System:
    """Import the system that a package declares, and check it. Raises ConfigurationError."""
    system = load(plugin, f"The system {name}", System)
    wrong = faults(system)
    if not wrong and system.id != name:
        wrong = [f"id is {system.id!r}, and the entry point is named {name}: both must be the same"]
    if wrong:
        raise unsound(name, plugin.who, wrong)
    return guarded(completed(system), plugin.who)


def unsound(name: str, who: str, wrong: list[str]) -> ConfigurationError:
    """The error for a declaration that cannot work."""
    return ConfigurationError(f"The system {name} of {who} cannot work: {'; '.join(wrong)}.", remedy="Mend that there.")


def run_file(path: Path) -> list[System]:
    """Run a file of systems, and return what it declares. Raises ConfigurationError naming the file and its line."""
    name = f"_contact_etl_file_{sha256(str(path).encode()).hexdigest()[:16]}"
    try:
        with open_regular(path, LARGEST):
            spec = spec_from_file_location(name, path)
    except NotUsable as unfit:
        raise ConfigurationError(f"{path}, which systems.files names, is {unfit.reason}.") from None
    except OSError as error:
        raise ConfigurationError(
            f"{path}, which systems.files names, cannot be read: {error.strerror or 'an input/output error'}.",
            remedy="Name it from the folder of the etl.toml.",
        ) from None
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{path}, which systems.files names, does not end in .py.", remedy="Rename it.")
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ConfigurationError(
            f"{path}, which systems.files names, cannot be used: {reason(error)}.", remedy="Mend that there."
        ) from None
    know_plugin(path, str(path))
    found = [one for one in vars(module).values() if isinstance(one, System)]
    if not found:
        raise ConfigurationError(
            f"{path}, which systems.files names, declares no System.", remedy="Give one a name there: CRM = System(…)."
        )
    return list({id(one): one for one in found}.values())


def reason(error: BaseException) -> str:
    """What an import ended with, and the line of the plugin that it came to."""
    lines = str(error).splitlines()
    what = f"{type(error).__name__}: {lines[0][:LONGEST_TOLD]}" if lines else type(error).__name__
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_theirs(frame.filename)]
    if isinstance(error, SyntaxError) or not frames:
        return what
    return f"{what} ({frames[-1].filename}, line {frames[-1].lineno})"


def _is_theirs(file: str) -> bool:
    """Whether a file is neither ours nor one of Python's own machinery for imports."""
    ours = str(Path(__file__).parents[1])
    return not file.startswith((ours, "<frozen")) and "importlib" not in Path(file).parts
