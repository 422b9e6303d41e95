"""What pushes set aside, as it came: mended rejects are known again by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from etl.person.places.outputs import RUN, Changes, RowsPlace
from etl.person.rows_file import open_parquet, rows_file
from etl.person.wanted import Record, Wanted


class KeptRejects(RowsPlace):
    """The rows that pushes set aside, as they came, by which mended ones are known again."""

    name = "rejects kept"
    where = "<state>/rejects"
    kept = "{runs}, with their run"
    people = "yes"

    def claims(self, path: Path) -> bool:
        return path.parent == self._folder and RUN.fullmatch(path.stem) is not None and path.suffix == ".parquet"

    def _files(self) -> Iterator[Path]:
        yield from sorted(path for path in self._folder.glob("*.parquet") if self.claims(path))

    @property
    def _folder(self) -> Path:
        return self.files.state / "rejects"

    def _is_ours(self, parts: tuple[str, ...]) -> bool:
        return False

    def _changes(self, path: Path, wanted: Wanted) -> Changes:
        lines = {line for run, line in wanted.lines if run == path.stem}
        changes = Changes()
        for place, row in rows_file(path).rows(wanted, (), range(_height(path))):
            known = (str(row.get(name) or "") for name in ("account", "stream", "source_id"))
            theirs = row["etl_line"] in lines or wanted.is_theirs(Record(*known))
            if theirs or any(wanted.needles.in_value(value) for value in row.values()):
                changes.drop[place] = row
        return changes


def _height(path: Path) -> int:
    with open_parquet(path) as source:
        return int(source.metadata.num_rows)
