"""The landed pages: every response body, compressed and whole, before anything is made of it.

    landing/<account>/<stream>/<first two of the name>/<sha256 of the file>.json.<gz|br|zst>

Write-once and named by content; a file that no longer holds what its name says is written anew. A body that came
compressed is kept as it came, another is compressed with zstd. `etl.state.journal` says which run, stream and page a
file was.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from etl.decompress import BadEncoding, TooLarge, decompress
from etl.errors import InputOutputError
from etl.state.files import failed, make_folder, write_whole

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SUFFIXES = {"gzip": "gz", "br": "br", "zstd": "zst"}
LEVEL = 1
LARGEST = 8 << 30


@dataclass(frozen=True)
class Landed:
    """A landed file: its path under the landing folder, and its size on disk."""

    file: str
    size: int


class Landing:
    """The landing folder of one state folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, account: str, stream: str, raw: bytes, encoding: str) -> Landed:
        """Keep a body. On return it is durable. Raises CannotCreate or InputOutputError."""
        if encoding == "identity":
            raw, encoding = zstd.compress(raw, LEVEL), "zstd"
        name = hashlib.sha256(raw).hexdigest()
        file = f"{account}/{stream}/{name[:2]}/{name}.json.{SUFFIXES[encoding]}"
        target = self._folder / file
        if _holds(target, raw):
            return Landed(file, len(raw))
        make_folder(target.parent)
        write_whole(target, raw)
        return Landed(file, len(raw))

    def read(self, file: str) -> bytes:
        """The body of a landed file, checked against its name. Raises InputOutputError where it is gone or damaged."""
        path = self._folder / file
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise failed("read", path, error) from None
        suffix = path.suffix.lstrip(".")
        encoding = next((name for name, known in SUFFIXES.items() if known == suffix), "")
        if hashlib.sha256(raw).hexdigest() != path.name.split(".", 1)[0] or not encoding:
            raise InputOutputError(
                f"The landed page {path} is damaged.", remedy="Export with --full to fetch it again."
            )
        try:
            return decompress(raw, encoding, LARGEST)
        except (BadEncoding, TooLarge):
            raise InputOutputError(
                f"The landed page {path} is damaged.", remedy="Export with --full to fetch it again."
            ) from None


def _holds(path: Path, raw: bytes) -> bool:
    try:
        return path.stat().st_size == len(raw) and path.read_bytes() == raw
    except OSError:
        return False
