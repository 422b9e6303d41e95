"""Write rejected records, one JSON object per line, with their raw text and the reason."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import orjson

from etl.decode.strict import Misfit
from etl.state.files import discard, make_folder, write_whole
from etl.state.journal import text


class Rejects:
    """The rejects of one stream: `DIR/rejects/<account>.<stream>.jsonl`."""

    def __init__(self, out: Path, name: str) -> None:
        self._target = out / "rejects" / f"{name}.jsonl"
        self._account, self._stream = name.split(".")
        self._lines: list[bytes] = []

    def add(self, page: int, received_at: datetime, before: int, misfit: Misfit) -> None:
        """Add a record of a page; `before` counts the page's records before its part."""
        self._lines.append(
            orjson.dumps(
                {
                    "account": self._account,
                    "stream": self._stream,
                    "page": page,
                    "position": before + misfit.position,
                    "field": misfit.field or None,
                    "reason": misfit.reason,
                    "received_at": text(received_at),
                    "raw": misfit.raw,
                }
            )
        )

    def write(self) -> None:
        """Write the file, durable on return; without rejects, remove an old one."""
        if self._lines:
            make_folder(self._target.parent)
            write_whole(self._target, b"\n".join(self._lines) + b"\n")
        else:
            discard(self._target)
