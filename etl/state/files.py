"""Durable files: whole under their final name, or not there at all.

A temporary beside the target, flushed and fsynced, renamed over it, and the folder fsynced. Files are 0600, folders
0700: what they hold is personal data. A temporary left by a crash starts with TEMPORARY and is never read.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

from etl.errors import CannotCreate, InputOutputError

TEMPORARY = ".tmp-"
STALE_S = 3600


def make_folder(folder: Path) -> None:
    """Create a folder and its parents, each for its owner only, durably. Raises CannotCreate."""
    missing = [folder]
    while not missing[-1].parent.exists() and missing[-1].parent != missing[-1]:
        missing.append(missing[-1].parent)
    try:
        for each in reversed(missing):
            if not each.is_dir():
                each.mkdir(mode=0o700, exist_ok=True)
                with contextlib.suppress(PermissionError):  # a parent of somebody else's may be closed to reading
                    sync_folder(each.parent)
    except OSError as error:
        raise cannot_create(folder, error) from None


def temporary_beside(target: Path) -> Path:
    """Name a temporary beside the target that no pattern such as *.parquet matches."""
    return target.parent / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}-{target.name[:180]}.part"


def sweep(target: Path) -> None:
    """Remove the temporaries that killed runs left beside a target, once their process is gone and an hour has
    passed."""
    _sweep(target.parent, target.name[:180])


def sweep_folder(folder: Path) -> None:
    """Remove those of any target in a folder."""
    _sweep(folder, None)


def _sweep(folder: Path, name: str | None) -> None:
    for path in folder.glob(f"{TEMPORARY}*"):
        owner = re.match(r"(\d+)-[0-9a-f]{8}-(.*)\.part(?:\.d)?$", path.name.removeprefix(TEMPORARY))
        if owner is None or name not in (None, owner[2]) or Path(f"/proc/{owner[1]}").exists():
            continue
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - STALE_S:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def open_private(path: Path, target: Path | None = None) -> int:
    """Create a file that only its owner may read; returns its descriptor. Raises CannotCreate, naming the `target`."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise cannot_create(target or path, error) from None


def promote(temporary: Path, target: Path) -> None:
    """Make a finished temporary the target, durably. Raises InputOutputError; then the old target still stands."""
    try:
        _sync(temporary)
    except OSError as error:
        raise failed("write", target, error) from None
    rename_all([(temporary, target)])


def rename_all(pairs: Sequence[tuple[Path, Path]]) -> None:
    """Rename durable temporaries to their targets, durably on return. Raises as `promote` does."""
    for temporary, target in pairs:
        try:
            temporary.replace(target)
        except IsADirectoryError:
            raise CannotCreate(f"{target} is a folder; a file of that name is to be written.") from None
        except OSError as error:
            raise failed("write", target, error) from None
    for folder in {target.parent for _, target in pairs}:
        try:
            sync_folder(folder)
        except OSError as error:
            raise failed("write", folder, error) from None


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    _sync(folder)


def write_whole(target: Path, data: bytes) -> None:
    """Write a file atomically and durably. Raises CannotCreate or InputOutputError; then the old file still stands."""
    temporary = temporary_beside(target)
    try:
        with os.fdopen(open_private(temporary, target), "wb") as file:
            file.write(data)
        promote(temporary, target)
    except OSError as error:
        raise failed("write", target, error) from None
    finally:
        discard(temporary)


def append(target: Path, line: bytes) -> None:
    """Add a line to a file, durably on return. Part of a line that a kill left at its end goes. Raises as `write_whole`
    does; then the lines before still stand."""
    new = not target.exists()
    try:
        with os.fdopen(os.open(target, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b", buffering=0) as file:
            _end_whole(file)
            view = memoryview(line)
            while view:
                view = view[file.write(view) :]
            os.fsync(file.fileno())
        if new:
            sync_folder(target.parent)
    except OSError as error:
        raise failed("write", target, error) from None


def _end_whole(file: FileIO) -> None:
    """Go to the end of the last whole line, and cut off what is behind it."""
    end = file.seek(0, os.SEEK_END)
    if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
        file.seek(0)
        end = file.readall().rfind(b"\n") + 1
        file.truncate(end)
        file.seek(end)


def discard(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def failed(verb: str, path: Path, error: OSError) -> InputOutputError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error)
    reason = "the disk is full" if full else (error.strerror or "it failed")
    return InputOutputError(f"Could not {verb} {path}: {reason}.", remedy="What was there before is untouched.")


def cannot_create(path: Path, error: OSError) -> CannotCreate | InputOutputError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
        return failed("write", path, error)
    return CannotCreate(
        f"Could not create {path}: {error.strerror or 'it failed'}.", remedy="What was there before is untouched."
    )
