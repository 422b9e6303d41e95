"""The landed pages: every response body, compressed and whole, before it is decoded.

    landing/<account>/<stream>/<sha256 of the file>.json.<gz|br|zst>

Write-once and named by content; a file whose content no longer matches its name is written again. A body that came
compressed is kept as received, any other is compressed with zstd. `etl.state.journal` says which run, stream and page a
file was. A body is staged as it arrives, a small one in memory, and is durable once all of it has arrived; several are
renamed together.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from etl.decode.decompress import BadEncoding, TooLarge, inflated
from etl.errors import InputOutputError
from etl.state.files import discard, failed, make_folder, open_private, rename_all, sweep_folder, temporary_beside

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SUFFIXES = {"gzip": "gz", "br": "br", "zstd": "zst"}
ENCODINGS = {suffix: encoding for encoding, suffix in SUFFIXES.items()}
LEVEL = 1
LARGEST = 64 << 30
STEP = 1 << 20
HELD = 1 << 20
"""A body of up to this many bytes is staged in memory."""
BODY = "page"


@dataclass(frozen=True)
class Landed:
    """A landed file: its path under the landing folder, and its size on disk."""

    file: str
    size: int


class StagedBody:
    """A body being staged for landing. `feed` each piece, then `finish`; `discard` it if it breaks off.

    Raises CannotCreate or InputOutputError where it cannot be written.
    """

    def __init__(self, folder: Path, subfolder: str, encoding: str) -> None:
        self._folder = folder
        self._subfolder = subfolder
        self._pack = zstd.ZstdCompressor(LEVEL) if encoding == "identity" else None
        self._suffix = SUFFIXES["zstd" if encoding == "identity" else encoding]
        self._hash = hashlib.sha256()
        self._size = 0
        self._held: list[bytes] = []
        self._file: FileIO | None = None
        self.temporary = temporary_beside(folder / BODY)  # in one folder for all, so that any run may sweep it
        self.landed = Landed("", 0)

    def feed(self, raw: bytes) -> None:
        self._take(self._pack.compress(raw) if self._pack else raw)

    def finish(self) -> None:
        """End the body. On return it is durable, but has no final name yet: see `Landing.keep`."""
        if self._pack:
            self._take(self._pack.flush())
            self._pack = None  # it holds a megabyte
        self.landed = Landed(f"{self._subfolder}/{self._hash.hexdigest()}.json.{self._suffix}", self._size)
        if self._file is None and _holds(self.target, self.landed):
            self._held.clear()
            return
        self._write()
        assert self._file is not None
        try:
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise failed("write", self.temporary, error) from None

    def _take(self, data: bytes) -> None:
        self._hash.update(data)
        self._size += len(data)
        self._held.append(data)
        if self._size > HELD:
            self._write()

    def _write(self) -> None:
        if self._file is None:
            make_folder(self.temporary.parent)
            self._file = os.fdopen(open_private(self.temporary), "wb", buffering=0)
        view = memoryview(b"".join(self._held))
        self._held.clear()
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise failed("write", self.temporary, error) from None

    @property
    def target(self) -> Path:
        return self._folder / self.landed.file

    @property
    def is_new(self) -> bool:
        """Whether no landed file holds it already."""
        return self._file is not None

    def discard(self) -> None:
        if self._file:
            self._file.close()
            discard(self.temporary)


class Landing:
    """The landing folder of one state folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, account: str, stream: str, encoding: str) -> StagedBody:
        """Stage a body that is about to arrive."""
        return StagedBody(self._folder, f"{account}/{stream}", encoding)

    def sweep(self, *stream: str) -> None:
        """Remove the unfinished bodies of killed runs, and what they left unfinished beside those of a stream."""
        sweep_folder(self._folder.joinpath(*stream))

    def stage(self, account: str, stream: str, raw: bytes, encoding: str) -> StagedBody:
        """Stage a whole body, still to be kept."""
        arriving = self.begin(account, stream, encoding)
        try:
            arriving.feed(raw)
            arriving.finish()
        except BaseException:
            arriving.discard()
            raise
        return arriving

    def keep(self, staged: Sequence[StagedBody]) -> None:
        """Give finished bodies their final names, durably on return. Raises CannotCreate or InputOutputError."""
        try:
            new = [body for body in staged if body.is_new]
            for folder in {body.target.parent for body in new}:
                make_folder(folder)
            rename_all([(body.temporary, body.target) for body in new])
        finally:
            for body in staged:
                body.discard()

    def write(self, account: str, stream: str, raw: bytes, encoding: str) -> Landed:
        """Land a body, durably on return. Raises CannotCreate or InputOutputError."""
        staged = self.stage(account, stream, raw, encoding)
        self.keep([staged])
        return staged.landed

    def read(self, file: str) -> bytes:
        """Read the whole body of a landed file. Raises InputOutputError where it is gone or damaged."""
        return b"".join(self.open(file))

    def open(self, file: str) -> Iterator[bytes]:
        """Read the body of a landed file in pieces, checked against its name at the end. Raises as `read` does."""
        path = self._folder / file
        digest = hashlib.sha256()
        damaged = InputOutputError(
            f"The landed page {path} is damaged.", remedy="Export with --full to fetch it again."
        )

        def stored() -> Iterator[bytes]:
            try:
                with path.open("rb") as source:
                    while piece := source.read(STEP):
                        digest.update(piece)
                        yield piece
            except OSError as error:
                raise failed("read", path, error) from None

        encoding = ENCODINGS.get(path.suffix.lstrip("."))
        if encoding is None:
            raise damaged
        try:
            yield from inflated(stored(), encoding, LARGEST)
        except (BadEncoding, TooLarge):
            raise damaged from None
        if digest.hexdigest() != path.name.split(".", 1)[0]:
            raise damaged

    # -- retention ---------------------------------------------------------------------------------

    def is_empty(self) -> bool:
        return next(self._folder.glob("*/*/*.json.*"), None) is None

    def holds(self, file: str, size: int) -> bool:
        """Whether a file of that size landed under that name; its content is checked when it is read."""
        path = self._folder / file
        return path.is_file() and path.stat().st_size == size

    def files(self) -> Iterator[tuple[str, os.stat_result]]:
        """List every landed file with its stat result."""
        for path in self._folder.glob("*/*/*.json.*"):
            yield path.relative_to(self._folder).as_posix(), path.stat()

    def remove(self, file: str) -> None:
        discard(self._folder / file)


def _holds(path: Path, landed: Landed) -> bool:
    try:
        if path.stat().st_size != landed.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == path.name.split(".", 1)[0]
    except OSError:
        return False
