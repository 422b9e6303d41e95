"""The systems that there are: built in, installed, or declared in files of the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from filecmp import cmp
from pathlib import Path

from etl.errors import ConfigurationError
from etl.systems.check import faults
from etl.systems.declare import System
from etl.systems.guarded import guarded
from etl.systems.plain.complete import completed
from etl.systems.plugins import GROUP, installed, load_system, run_file, unsound


class Registry(Mapping[str, System]):
    """Systems by id. The ids of installed ones are known from metadata; one is imported when it is asked for.

    `loaded` are the built-in ones and those that were asked for: what concerns every system is read from these, so that
    nothing depends on a plugin that nobody uses. Raises ConfigurationError for a plugin that cannot be used.
    """

    def __init__(self, built_in: Iterable[System]) -> None:
        self.loaded: dict[str, System] = {system.id: completed(system) for system in built_in}
        self._declared_by: dict[str, list[str]] = {name: ["contact-etl itself"] for name in self.loaded}
        self._files: set[Path] = set()
        self._named: list[Path] = []
        self._unread: dict[Path, ConfigurationError] = {}
        self._refused: dict[str, ConfigurationError] = {}

    def __getitem__(self, name: str) -> System:
        if name not in self.loaded:
            if name in self._refused:
                raise self._refused[name]
            self.loaded[name] = load_system(installed(GROUP)[name][0], name)
        return self.loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self.loaded, *self._declared_by, *installed(GROUP)]))

    def __len__(self) -> int:
        return len([*iter(self)])

    def of_account(self, name: str) -> System:
        """Return the system that an account names. Raises KeyError for one that nobody declares, and
        ConfigurationError for one that two declare, that cannot be used, or that a file may declare which cannot."""
        who = [*self._declared_by.get(name, ()), *(plugin.who for plugin in installed(GROUP).get(name, ()))]
        if len(who) > 1:
            raise ConfigurationError(
                f"The system {name} is declared twice: by {who[0]} and by {who[1]}.",
                remedy="Give one of them another id, or take it out.",
            )
        if not who and (unread := [self._unread[path] for path in self._named if path in self._unread]):
            raise unread[0]
        return self[name]

    def run_files(self, paths: Iterable[Path]) -> None:
        """Know the systems that the files of a configuration declare; each is run once.

        What is wrong with one is told when a system is asked for that it declares, or may have declared.
        """
        self._named = list(dict.fromkeys(path.resolve() for path in paths))
        for path in self._named:
            if path not in self._files:
                self._files.add(path)
                self._run(path)

    def _run(self, path: Path) -> None:
        try:
            declared = run_file(path)
        except ConfigurationError as error:
            self._unread[path] = error
            return
        others = [other for other in self._files - self._unread.keys() - {path} if other.is_file()]
        if any(cmp(path, other, shallow=False) for other in others):  # the same file in another project
            return
        for system in declared:
            if any(system is known for known in self.loaded.values()):  # imported there, to be declared anew
                continue
            wrong = faults(system)
            self._declared_by.setdefault(str(system.id), []).append(str(path))
            if wrong:
                self._refused[str(system.id)] = unsound(str(system.id), str(path), wrong)
            else:
                self.loaded.setdefault(system.id, guarded(completed(system), str(path)))

    def every(self) -> tuple[list[System], list[ConfigurationError]]:
        """Import every plugin: return the systems that can be used, and what is wrong with the others."""
        usable: list[System] = []
        wrong = [*self._unread.values()]
        for name in self:
            try:
                usable.append(self.of_account(name))
            except ConfigurationError as error:
                wrong.append(error)
        return usable, wrong
