"""Check that an answer is the requested list, and complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from etl.decode.envelope import pointer
from etl.errors import ProtocolBroken
from etl.http.answer import Response
from etl.http.judge import Repeatable, is_nothing, judge, judge_response
from etl.systems.declare import Stream, System
from etl.systems.shared.told_error import is_told

NO_LIST = "the answer is JSON, but not the list that the document describes."


@dataclass(frozen=True)
class ListCheck:
    """The checks of one answer. `where` names it in errors."""

    system: System
    stream: Stream
    where: str

    def must_be_empty_list(self, response: Response) -> None:
        """Return if an answer other than 200 says that there are no records; else raise what it means."""
        body = judge_response(self.system, response, self.where, nothing=self.stream.nothing)
        if not is_nothing(self.system, self.stream.nothing, response.status, body):
            raise ProtocolBroken(f"{self.where}: the server answers {response.status}, which is not a list.")

    def envelope(self, envelope: Any, records: bytes) -> None:
        """Raise if the envelope around the records is an error, or not what the document describes."""
        judge(self.system, 200, envelope, self.where)
        if is_told(pointer(envelope, "errors")):
            raise ProtocolBroken(
                f"{self.where}: the answer tells of errors beside its records, in a way that its document does not "
                "know; they may not be all."
            )
        if not records or any(pointer(envelope, name) is None for name in self.stream.envelope.required):
            raise ProtocolBroken(f"{self.where}: {NO_LIST}")

    def count(self, envelope: Any, received: int) -> None:
        """Raise if the answer states another number of records than it holds."""
        counted = self.stream.envelope.count
        said = pointer(envelope, counted) if counted else None
        if said is not None and str(said) != str(received):
            shown = said if re.fullmatch(r"\d{1,9}", str(said)) else "another number of"  # it may be any text
            raise ProtocolBroken(
                f"{self.where}: the answer says {shown} records, but holds {received}; it is incomplete."
            )

    @contextmanager
    def repeated(self) -> Iterator[None]:
        """Retry truncated JSON before treating it as a protocol error."""
        try:
            yield
        except ProtocolBroken as broken:
            raise Repeatable(ProtocolBroken(f"{self.where}: {broken.message[0].lower()}{broken.message[1:]}")) from None
