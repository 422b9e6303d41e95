"""Landed pages: of all shops and extractions, and files that the journal does not name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from etl.errors import InputOutputError
from etl.person.judge import Shape, part_of
from etl.person.pages import PageOf, erased_from, holdings
from etl.person.places.place import Held, Place, below, kind_of
from etl.person.sweep import OVERLAP
from etl.person.wanted import Wanted
from etl.state.files import sync_folder

NAME = re.compile(r"[0-9a-f]{64}\.json\.(?:gz|br|zst)")


class LandedPages(Place):
    """Erased records leave their place behind, so that a page keeps its count and its order: paging is proven by it."""

    name = "landing"
    where = "<state>/landing"
    kept = "{keep} once a newer export has replaced it"
    people = "yes"

    def show(self, wanted: Wanted) -> Iterator[Held]:
        for file, pages, body in self._suspicious(wanted):
            for page in pages:
                for one in holdings(body, page, wanted):
                    part = part_of(one.value, Shape.of(page.stream), one.verdict)
                    told = {"stream": f"{page.account}.{page.stream.name}", "received": part}
                    yield Held(self._folder / file, kind_of(one.verdict), told)

    def erase(self, wanted: Wanted) -> None:
        for file, pages, body in self._suspicious(wanted):
            left, records = body, 0
            for page in pages:
                left, here = erased_from(left, page, wanted)
                records += here
            if records:
                self._replace(file, pages[0], left)
        for file, _ in list(self.files.landing.files()):
            if not self.files.journal.is_named(file):
                self.files.landing.remove(file)  # a killed run's: nothing is being landed while the locks are held

    def _replace(self, file: str, page: PageOf, body: bytes) -> None:
        """Write the page under its new name, journal that, and only then remove the old file."""
        landed = self.files.landing.write(page.account, page.stream.name, body, "identity")
        self.files.journal.rename(file, landed)
        self.files.landing.remove(file)
        sync_folder((self._folder / file).parent)

    def claims(self, path: Path) -> bool:
        parts = below(path, self._folder)
        return len(parts) == 3 and NAME.fullmatch(parts[2]) is not None

    @property
    def _folder(self) -> Path:
        return self.files.state / "landing"

    def _suspicious(self, wanted: Wanted) -> Iterator[tuple[str, list[PageOf], bytes]]:
        """Yield the pages that may hold the person, each with the shops that it is of."""
        tenants = self.files.journal.tenants_of_files()
        for file, _ in sorted(self.files.landing.files()):
            account, name, _ = file.split("/")
            shops = tenants.get(file, set())
            stream = self.files.stream(account, name, shops)
            if stream is None:
                continue
            pattern = wanted.pattern(wanted.ids(account, name))
            try:
                if not self._may_hold(file, pattern):
                    continue
            except InputOutputError:
                if file in tenants:
                    raise
                continue  # a file that nothing names, of a killed run: it is removed
            each: list[str | None] = [*sorted(shops)] or [None]
            yield file, [PageOf(account, stream, shop) for shop in each], self.files.landing.read(file)

    def _may_hold(self, file: str, pattern: re.Pattern[bytes]) -> bool:
        """Whether a page of any size may hold the person, read in pieces."""
        before = b""
        for piece in self.files.landing.open(file):
            data = before + piece
            if pattern.search(data):
                return True
            before = data[-OVERLAP:]
        return False
