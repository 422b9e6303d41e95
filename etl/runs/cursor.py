"""The cursor of `--since last`: the time from which on changes are not known yet, by the server's clock."""

from __future__ import annotations

from datetime import datetime

from etl.extract import UNSURE
from etl.paginate.request import latest
from etl.state.journal import Extraction, Journal


def cursor_of(journal: Journal, account: str, stream: str, *, tenant: str, timezone: str) -> datetime | None:
    """The cursor of a stream; None if nothing is known of the tenant, or not until when."""
    later: list[Extraction] = []
    before: int | None = None
    while base := journal.latest_complete(account, stream, tenant=tenant, before=before):
        later = [*base[1:], *later]
        cursor, before = base[0].server_date, base[0].id
        if cursor is not None:
            return _moved(cursor, later, timezone)
    return None


def _moved(cursor: datetime, later: list[Extraction], timezone: str) -> datetime:
    """Move a cursor on over the extractions of changes that cover it. One from a later time on leaves it."""
    for each in later:
        if each.since is not None and each.server_date is not None and latest(each.since, timezone) <= cursor:
            cursor = max(cursor, each.server_date)
    return cursor


def doubt_of(extraction: Extraction) -> str | None:
    """What people should know about the time of an extraction that has landed; None for nothing."""
    if extraction.server_date is None:
        return (
            "the first answer's Date is more than an hour from our clock, or was not kept, "
            "so --since last goes on from where it was"
        )
    if extraction.server_date <= extraction.started_at - UNSURE:
        return "the first answer has no Date, so --since last goes on from our own clock, less a day"
    return None
