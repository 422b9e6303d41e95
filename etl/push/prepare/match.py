"""Match rows that the ledger does not know to records, by reading the target's list once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import polars as pl

from etl.decode.fast import decode
from etl.push.push_order import Match
from etl.push.reconcile.target_list import read_list
from etl.push.session import PushSession
from etl.systems.declare import Context, Record

KINDS: Mapping[Match, str] = {"reference": "", "email": "email", "postcode+number": "address"}
"""The kind of evidence that a match is based on: some other kind has to agree as well."""
NUMBER = ("postcode", "house_number", "house_number_postfix")


@dataclass
class Matches:
    """Remote ids by the key that rows and records are compared by."""

    by: Match
    ids: dict[str, list[str]] = field(default_factory=dict)

    def ids_of(self, values: Mapping[str, Any]) -> list[str]:
        key = key_of(values, self.by)
        return self.ids.get(key, []) if key else []


def key_of(values: Mapping[str, Any], by: Match) -> str | None:
    """Return the key by which a row of the contacts table is compared; None where it lacks one."""
    if by != "postcode+number":
        return str(values.get(by) or "").strip().casefold() or None
    postcode, number, postfix = (str(values.get(name) or "").replace(" ", "").casefold() for name in NUMBER)
    return f"{postcode} {number} {postfix}" if postcode and number else None


async def read_matches(session: PushSession, by: Match) -> Matches:
    """Read the whole list of the target, by that key. Raises what the client raises."""
    matches = Matches(by)

    def note(records: list[Record]) -> None:
        for row in rows_of(session, records):
            key = key_of(row, by)
            if key is not None and row["source_id"] not in matches.ids.setdefault(key, []):
                matches.ids[key].append(row["source_id"])

    await read_list(session.client, session.stream, {}, note)
    return matches


def rows_of(session: PushSession, records: list[Record]) -> list[dict[str, Any]]:
    """Turn records into rows of the target's table."""
    account, stream = session.destination.account, session.stream
    context = Context(account.name, account.system, stream.name, account.timezone, account.country)
    frame = decode(orjson.dumps(records), stream).frame
    frame = frame.with_columns(extracted_at=pl.lit(session.clock.now(), dtype=pl.Datetime("us", "UTC")))
    return stream.into(frame, context)[session.target.table].to_dicts()
