"""A body that is read as it comes, held by bounds of its own: nothing behind them would notice that it does not end."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from yarl import URL

from etl.clock import SystemClock
from etl.errors import ProtocolBroken, TryLater
from etl.http.answer import Bounds, Incoming, whole
from etl.http.client import Client
from etl.http.judge import Repeatable
from etl.paginate.listing import WHOLE
from etl.state.lock import hold
from tests.support.clock import QuickClock
from tests.support.scripted import Raw, RawServer
from tests.support.workplace import PARK, Project

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

    bounds = Bounds(total_s=0.05)
    with RawServer(Raw([head, *[drop] * 300], pause_s=0.01)) as server:
        async with client_of(server.base_url) as client:
            answer = await client.exchange("GET", URL(f"{server.base_url}/list"), Bounds(), ready)
            assert answer.content_length is None
            incoming = Incoming.of(answer, "identity", bounds, "bikes", SystemClock())
            async with answer:
                with pytest.raises(Repeatable, match="took too long"):
                    await incoming.raw(bounds) if whole else [piece async for piece in incoming.pieces]


class TickingClock(QuickClock):
    """Ten seconds pass whenever somebody looks."""

    def monotonic(self) -> float:
        self._passed += 10
        return self._passed


DRIP = Raw([b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[", *[b" "] * 600], pause_s=0.01)
FLOW = Raw([b"HTTP/1.1 200 OK\r\n\r\n", *[b"[" * 4096] * 60], pause_s=0.01)


async def bytes_of(client: Client, bounds: Bounds) -> int:
    async def take(incoming: Incoming) -> int:
        return sum([len(piece) async for piece in incoming.pieces])

    return await client.receive("/list", {}, take, where="bikes", bounds=bounds)


async def test_a_body_that_drips_ends_by_its_rate_and_is_asked_for_again_before_75(client_of: Opened) -> None:
    with RawServer(DRIP) as server:
        async with client_of(server.base_url, clock=TickingClock()) as client:
            with pytest.raises(TryLater, match="came too slowly") as slow:
                await bytes_of(client, WHOLE)
        assert (len(server.requests), slow.value.exit_code) == (5, 75)


async def test_a_slow_body_that_flows_is_read_to_its_end(client_of: Opened) -> None:
    """4 kB in ten seconds are more than the least, and whoever is slow to read is not the server."""
    with RawServer(FLOW) as server:
        async with client_of(server.base_url, clock=TickingClock()) as client:
            assert await bytes_of(client, WHOLE) == 60 * 4096
        assert len(server.requests) == 1


class Paused(list[bytes]):
    """A body in pieces; before the one of that number a server thinks for 70 seconds, while it is waited for."""

    def __init__(self, *pieces: bytes, before: int) -> None:
        super().__init__([UNTOLD, *pieces])
        self._before = before + 1
        self.clock = PausedClock()

    def __iter__(self) -> Iterator[bytes]:
        for number, piece in enumerate(super().__iter__()):
            if number == self._before:
                assert self.clock.looked.wait(10)
                self.clock.pass_by(70)
            yield piece


class PausedClock(QuickClock):
    """Knows when somebody looks at it who waits for the piece before which time is to pass."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = threading.Event()
        self.is_awaited = False

    def pass_by(self, seconds: float) -> None:
        self._passed += seconds

    def monotonic(self) -> float:
        if self.is_awaited:
            self.looked.set()
        return super().monotonic()


async def paused(client: Client, body: Paused, *, after: int) -> list[bytes]:
    """What comes of a body; `after` so many bytes its pause is waited for."""

    async def take(incoming: Incoming) -> list[bytes]:
        came: list[bytes] = []
        body.clock.is_awaited = after == 0
        async for piece in incoming.pieces:
            came.append(piece)
            body.clock.is_awaited = len(b"".join(came)) == after
        return came

    return await client.receive("/list", {}, take, where="bikes", bounds=WHOLE)


async def test_a_slow_first_byte_is_no_slow_body(client_of: Opened) -> None:
    """A database may take its minute before it tells anything."""
    body = Paused(b"[", b" " * 9, b"]", before=0)
    with RawServer(Raw(body, pause_s=0.01)) as server:
        async with client_of(server.base_url, clock=body.clock) as client:
            assert b"".join(await paused(client, body, after=0)) == b"[" + b" " * 9 + b"]"
    assert len(server.requests) == 1


async def test_a_body_that_is_finished_is_not_too_slow(client_of: Opened) -> None:
    """Its last piece may come late, and its end behind it."""
    body = Paused(b"[", b"]", before=1)
    with RawServer(Raw(body, pause_s=0.01)) as server:
        async with client_of(server.base_url, clock=body.clock) as client:
            assert b"".join(await paused(client, body, after=1)) == b"[]"
    assert len(server.requests) == 1


async def test_a_list_that_drips_ends_its_export_within_minutes_and_frees_its_lock(project: Project) -> None:
    clock = TickingClock()
    with RawServer(DRIP) as server:
        project.configure(PARK, server.base_url)
        report = await project.export("park.contacten", clock=clock)
        assert (report.exit_code, len(server.requests)) == (75, 5)
    assert [type(error) for error in report.errors] == [TryLater]
    assert "came too slowly" in str(report.errors[0])
    assert clock.monotonic() < 3600
    with hold(project.state / "locks", ["park.contacten"]):
        pass


async def test_an_error_instead_of_a_list_has_the_bounds_of_a_page(client_of: Opened) -> None:
    """Only a list may be of any size, and take hours; nor does its head."""
    sent: list[bytes] = []

    class Body(list[bytes]):
        def __iter__(self) -> Iterator[bytes]:
            for piece in (b"HTTP/1.1 404 No\r\n\r\n", *[b"x" * MB] * 80):
                sent.append(piece)
                yield piece

    with RawServer(Raw(Body())) as server:
        async with client_of(server.base_url) as client:

            async def take(incoming: Incoming) -> None:
                await whole(incoming, SystemClock().now, Bounds(max_bytes=2 * MB), "bikes")

            with pytest.raises(ProtocolBroken, match="larger than 2 MB"):
                await client.receive("/list", {}, take, where="bikes", bounds=WHOLE)
    assert len(sent) < 40
    assert WHOLE.head_s == Bounds().head_s < WHOLE.total_s
