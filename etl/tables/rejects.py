"""Write rejected records, one JSON object per line, with their raw text and the reason, as they come."""

from __future__ import annotations

import contextlib
import os
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import orjson

from etl.decode.strict import Misfit
from etl.state.files import discard, failed, make_folder, open_private, promote, sweep, temporary_beside
from etl.state.journal import text


class Rejects:
    """The rejects of one stream: `DIR/rejects/<account>.<stream>.jsonl`. `add` each, then `finish`; or `discard`.

    Those of tables that are not to be written, since they are too many, `refuse` leaves as `….refused.jsonl`."""

    def __init__(self, out: Path, name: str, *, with_raw: bool = True) -> None:
        self._target = out / "rejects" / f"{name}.jsonl"
        self._refused = self._target.with_name(f"{name}.refused.jsonl")
        self._account, self._stream = name.split(".")
        self._with_raw = with_raw
        self._temporary = temporary_beside(self._target)
        self._file: BinaryIO | None = None

    def add(self, page: int, received_at: datetime, before: int, misfit: Misfit) -> None:
        """Write a record of a page; `before` counts the page's records before its part. Raises CannotCreate or
        InputOutputError."""
        line = orjson.dumps(
            {
                "account": self._account,
                "stream": self._stream,
                "page": page,
                "position": before + misfit.position,
                "field": misfit.field or None,
                "reason": misfit.reason,
                "received_at": text(received_at),
                "raw": misfit.raw if self._with_raw else None,
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
        file = self._open()
        try:
            file.write(line)
        except OSError as error:
            raise failed("write", self._target, error) from None

    def finish(self) -> None:
        """Complete the file, durable on return; without rejects, remove an old one."""
        self._complete(self._target)
        discard(self._refused)

    def refuse(self) -> Path | None:
        """Leave them to be looked at, durably on return, beside the file that belongs to the tables; None for none."""
        return self._complete(self._refused)

    def _complete(self, target: Path) -> Path | None:
        if self._file is None:
            discard(target)
            return None
        try:
            self._file.close()
        except OSError as error:
            raise failed("write", target, error) from None
        promote(self._temporary, target)
        self._file = None
        return target

    def discard(self) -> None:
        """Drop what is not finished."""
        file, self._file = self._file, None
        if file is not None:
            discard(self._temporary)
            with contextlib.suppress(OSError):  # what it still holds may not fit on the disk
                file.close()

    def _open(self) -> BinaryIO:
        if self._file is None:
            make_folder(self._target.parent)
            sweep(self._target)
            self._file = os.fdopen(open_private(self._temporary, self._target), "wb")
        return self._file
