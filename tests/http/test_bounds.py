"""A body that is read as it comes, held by bounds of its own: nothing behind them would notice that it does not end."""

from __future__ import annotations

import pytest
from yarl import URL

from etl.errors import ProtocolBroken
from etl.http.answer import Bounds, Incoming
from etl.http.judge import Repeatable
from tests.support.scripted import Raw, RawServer

from .conftest import Opened

MB = 1 << 20
UNTOLD = b"HTTP/1.1 200 OK\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
TOLD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (16 * MB)


@pytest.mark.parametrize("head", [UNTOLD, TOLD], ids=["no length", "a length"])
async def test_a_body_that_is_read_as_it_comes_ends_at_its_bound(head: bytes, client_of: Opened) -> None:
    taken = 0

    async def take(incoming: Incoming) -> None:
        nonlocal taken
        async for piece in incoming.pieces:
            taken += len(piece)

    with RawServer(Raw([head, *[b"[" * MB] * 16])) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(ProtocolBroken, match="larger than 2 MB"):
                await client.receive("/list", {}, take, where="bikes", bounds=Bounds(max_bytes=2 * MB))
    assert 0 < taken <= 2 * MB
    assert len(server.requests) == 1


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "as it comes"])
@pytest.mark.parametrize(
    ("head", "drop"), [(UNTOLD, b"["), (CHUNKED, b"1\r\n[\r\n")], ids=["until it closes", "chunked"]
)
async def test_a_body_without_a_length_that_drips_meets_the_deadline(
    head: bytes, drop: bytes, whole: bool, client_of: Opened
) -> None:
    """The bounds are those of the body alone: waiting for the head has a deadline of its own."""

    async def ready() -> None:
        pass

    with RawServer(Raw([head, *[drop] * 300], pause_s=0.01)) as server:
        async with client_of(server.base_url) as client:
            answer = await client.exchange("GET", URL(f"{server.base_url}/list"), Bounds(), ready)
            assert answer.content_length is None
            incoming = Incoming.of(answer, "identity", Bounds(total_s=0.05), "bikes")
            async with answer:
                with pytest.raises(Repeatable, match="took too long"):
                    await incoming.raw() if whole else [piece async for piece in incoming.pieces]
