"""Check whether accounts answer: a small call each, of whose answer a bounded piece is read.

Whatever an address leads to may answer: a web page, a list of everything, or an archive that unfolds without end. The
beginning tells whether it is the API, and whether it takes the credentials.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson

from etl.clock import Clock, SystemClock
from etl.config.learnt import not_hidden
from etl.config.settings import Settings
from etl.decode.decompress import BadEncoding, Inflate
from etl.errors import EtlError, ProtocolBroken, TryLater
from etl.extract.pages import taken_apart
from etl.http.answer import AGAIN, Bounds, Incoming, Response
from etl.http.client import Client
from etl.http.judge import BOM, Repeatable, judge_response, refuse_web_page, wait_of
from etl.paginate.check import ListCheck
from etl.paginate.request import asked, first_parameters, path_of
from etl.regular_file import size_text
from etl.runs.workspace import open_clients, select, warn_of_rights
from etl.systems.declare import Stream

LOG = logging.getLogger("etl")
PIECE = 1 << 20
"""The most that is read of an answer, in bytes as it came and when unfolded."""
BEGINS = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*[{\]]|\{\s*["}])')
"""How a list or an object begins."""
MEDIA_TYPE = re.compile(r"[\w.+-]{1,40}/[\w.+-]{1,40}")


@dataclass(frozen=True)
class Checked:
    """What an account answered: `came` says what was read, None where nothing was."""

    account: str
    system: str
    host: str
    budget: str
    came: str | None
    error: EtlError | None

    @property
    def answer(self) -> str:
        if self.error is None:
            return "ok"
        return "none" if self.error.waiting_helps else "refused"


async def check_accounts(
    settings: Settings, names: Sequence[str], *, wait: bool = False, clock: Clock | None = None
) -> list[Checked]:
    """Check each account with one small call."""
    chosen = {account.name: account for account, _ in select(settings, names)}
    clock = clock or SystemClock()
    warn_of_rights(settings)
    for key in not_hidden(settings.accounts.values()):
        LOG.warning(
            "%s cannot be kept out of messages and logs: it is of less than four characters, or what an account, table "
            "or status is called. Have the vendor give you another.",
            key,
        )
    async with open_clients(settings, list(chosen.values()), clock=clock, wait=wait) as clients:
        return list(await asyncio.gather(*(_check(clients[name], clock) for name in chosen)))


async def _check(client: Client, clock: Clock) -> Checked:
    account, system = client.account, client.account.declaration
    stream = system.stream(system.probe[0])
    query, search = asked(stream, {**first_parameters(stream, account, None), **system.probe[1]})
    came, error = None, None

    async def take(incoming: Incoming) -> str:
        beginning, complete = await _beginning(incoming, account.name)
        return _judged(client, stream, incoming, beginning, complete, clock)

    try:
        came = await client.receive(
            path_of(account, stream.path),
            query,
            take,
            where=account.name,
            bounds=Bounds(max_bytes=2 * PIECE),
            cost=system.cost(stream.path, stream.weight),
            search=search,
        )
    except EtlError as caught:
        error = caught
    host, budget = urlsplit(account.base_url).netloc, str(await client.budget.snapshot())
    return Checked(account.name, system.id, host, budget, came, error)


async def _beginning(incoming: Incoming, where: str) -> tuple[bytes, bool]:
    """The first bytes of a body, and whether they are all of it. Raises Repeatable for one that is damaged."""
    inflate, found, read = Inflate(incoming.encoding, 2 * PIECE), bytearray(), 0
    try:
        async for raw in incoming.pieces:
            read += len(raw)
            for piece in inflate.feed(raw):
                found += piece
                if len(found) > PIECE:
                    return bytes(found[:PIECE]), False
            if read >= PIECE:
                return bytes(found), False
        inflate.finish()
    except BadEncoding as error:
        raise Repeatable(TryLater(f"{where}: {error}.", remedy=AGAIN)) from None
    return bytes(found), True


def _judged(client: Client, stream: Stream, incoming: Incoming, beginning: bytes, complete: bool, clock: Clock) -> str:
    """What came, in words. Raises what an answer means that an export would not take."""
    system, name = client.account.declaration, client.account.name
    judged = beginning if complete else b""  # a part of a body is no JSON: its status counts
    response = Response(incoming.status, incoming.headers, judged, incoming.encoding, judged, clock.now())
    if complete:
        try:
            taken_apart(response, ListCheck(system, stream, name))
        except (Repeatable, ProtocolBroken) as fault:
            broken = fault.final if isinstance(fault, Repeatable) else fault
            if not isinstance(broken, ProtocolBroken):
                raise
            said = f"{name}: the answer is JSON, but no list" if _is_scalar(beginning) else broken.message.rstrip(".")
            raise _unfit(said, incoming, size_text(len(beginning))) from None
        return f"{size_text(len(beginning))} of JSON"
    judge_response(system, response, name, nothing=stream.nothing)
    refuse_web_page(beginning, name, wait_s=wait_of(response))
    if not BEGINS.match(beginning):
        raise _unfit(f"{name}: the answer is not JSON", incoming, f"more than {size_text(PIECE)}")
    return f"the first {size_text(PIECE)} of a longer answer"


def _unfit(said: str, incoming: Incoming, size: str) -> ProtocolBroken:
    """Whatever came instead of the list is told by its size and kind, not by its text."""
    kind = MEDIA_TYPE.match(incoming.headers.get("Content-Type", ""))
    return ProtocolBroken(f"{said}: {size} of {kind[0] if kind else 'something'}.", remedy="Is base_url right?")


def _is_scalar(body: bytes) -> bool:
    try:
        return not isinstance(orjson.loads(body.removeprefix(BOM)), dict | list)
    except orjson.JSONDecodeError:
        return False
