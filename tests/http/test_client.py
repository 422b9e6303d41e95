"""The HTTP client against real sockets: every attempt counted, nothing followed, nothing believed that is not whole."""

from __future__ import annotations

import gzip
import random
import socket
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import brotli
import pytest

from etl.errors import BudgetSpent, ConfigurationError, CredentialsRefused, EtlError, ProtocolBroken, TryLater
from etl.http.answer import Bounds, Response
from etl.http.client import Client
from etl.http.judge import judge_response
from tests.support import zstd
from tests.support.clock import NOON, QuickClock
from tests.support.scripted import Answer, Raw, RawServer, Server, http
from tests.support.tls import TlsServer, make_certificate

from .conftest import Opened

OK = http(b"[]")


async def ask(client: Client, *, bounds: Bounds | None = None, redirects: str | None = None) -> Response:
    async def read(response: Response) -> Response:
        judge_response(client.account.declaration, response, "bikes")
        return response

    return await client.ask("/list", {"offset": "0"}, read, where="bikes", bounds=bounds, redirects=redirects)


# -- attempts -----------------------------------------------------------------------------------------


async def test_the_hidden_repeat_on_a_dead_kept_connection_passes_the_budget_and_is_counted(client_of: Opened) -> None:
    with RawServer(Raw([OK], close=False), Raw([]), Raw([OK], close=False)) as server:
        async with client_of(server.base_url) as client:
            await ask(client)
            await ask(client)
            assert (client.calls.sent, client.calls.retried) == (3, 0)
            assert len(server.requests) == 3
            assert "357 of 360" in repr(client.budget)


async def test_the_hidden_repeat_is_not_sent_where_the_budget_has_no_call_for_it(client_of: Opened) -> None:
    with RawServer(Raw([OK], close=False), Raw([]), Raw([OK], close=False)) as server:
        async with client_of(server.base_url, budget={"per_day": 2}) as client:
            await ask(client)
            with pytest.raises(BudgetSpent):
                await ask(client)
        assert len(server.requests) == 2


async def test_the_request_says_who_asks_and_what_it_understands(client_of: Opened) -> None:
    with Server([Answer([])]) as server:
        async with client_of(server.base_url) as client:
            await ask(client)
    (seen,) = server.seen
    assert seen.headers["Authorization"] == "Basic c2hvcDpzM2NyM3Q="
    assert seen.headers["Accept-Encoding"] == "gzip"
    assert seen.headers["User-Agent"].startswith("contact-etl/")
    assert seen.query == {"offset": "0"}


async def test_a_proxy_of_the_environment_is_not_used(client_of: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with Server([Answer([])]) as server:
        async with client_of(server.base_url) as client:
            assert (await ask(client)).body == b"[]"


async def test_the_proxy_of_the_account_is_used(client_of: Opened) -> None:
    with RawServer(Raw([OK])) as proxy:
        async with client_of("http://127.0.0.1:9", proxy=proxy.base_url) as client:
            await ask(client)
    assert proxy.requests[0].startswith(b"GET http://127.0.0.1:9/list?offset=0 ")


# -- redirects ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_that_no_document_names_is_not_followed(status: int, client_of: Opened) -> None:
    with Server([Answer(b"", status, {"Location": "/elsewhere"})]) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(ProtocolBroken, match="not followed"):
                await ask(client)
    assert [seen.path for seen in server.seen] == ["/list"]


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "user@127.0.0.1:{port}"])
async def test_a_declared_redirect_never_leads_to_another_host_nor_do_the_credentials(
    host: str, client_of: Opened
) -> None:
    with Server([Answer([])]) as other:
        location = f"http://{host.format(port=other.port)}/customers/1"
        with Server([Answer(b"", 302, {"Location": location})]) as server:
            async with client_of(server.base_url) as client:
                with pytest.raises(ProtocolBroken):
                    await ask(client, redirects="/customers/.*")
    assert other.seen == []


async def test_a_declared_redirect_on_the_same_host_is_followed_and_counted(client_of: Opened) -> None:
    with Server([Answer(b"", 302, {"Location": "/customers/1"}), Answer([1])]) as server:
        async with client_of(server.base_url) as client:
            assert (await ask(client, redirects="/customers/[^/]+")).body == b"[1]"
            assert client.calls.sent == 2


@pytest.mark.parametrize(
    "location", ["", "http://[::1", "mailto:x@example.nl", "//", "http://127.0.0.1:99999/x", "/else"]
)
async def test_a_redirect_to_nowhere_is_the_servers_fault(location: str, client_of: Opened) -> None:
    with RawServer(Raw([http(b"", f"Location: {location}", status="302 Found")])) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(ProtocolBroken):
                await ask(client, redirects="/customers/.*")
    assert len(server.requests) == 1


async def test_redirects_in_a_circle_end(client_of: Opened) -> None:
    with Server([Answer(b"", 302, {"Location": "/list"})]) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(ProtocolBroken):
                await ask(client, redirects="/list")
    assert len(server.seen) <= 5


# -- bodies -------------------------------------------------------------------------------------------

BODY = b'{"customers": "' + bytes(range(97, 123)) * 400 + b'"}'
COMPRESSED = {"gzip": gzip.compress(BODY), "br": brotli.compress(BODY), "zstd": zstd.compress(BODY)}


@pytest.mark.parametrize("encoding", COMPRESSED)
async def test_a_compressed_body_is_undone_and_kept_as_it_came(encoding: str, client_of: Opened) -> None:
    with RawServer(Raw([http(COMPRESSED[encoding], f"Content-Encoding: {encoding}")])) as server:
        async with client_of(server.base_url) as client:
            response = await ask(client)
    assert (response.body, response.raw, response.encoding) == (BODY, COMPRESSED[encoding], encoding)


@pytest.mark.parametrize("encoding", COMPRESSED)
async def test_a_cut_compressed_body_whose_framing_fits_is_detected_and_retried_until_75(
    encoding: str, client_of: Opened
) -> None:
    with RawServer(Raw([http(COMPRESSED[encoding][:-5], f"Content-Encoding: {encoding}")])) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(TryLater, match=f"the {encoding} body") as failure:
                await ask(client)
    assert len(server.requests) == 5
    assert failure.value.exit_code == 75
    assert failure.value.resume_at is not None


@pytest.mark.parametrize(
    "answer",
    {
        "short Content-Length": http(b'[{"a": 1}', length=500),
        "cut chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n[{}",
        "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[{}\r\n",
        "nothing": b"",
        "half a header": b"HTTP/1.1 200 OK\r\nContent-Le",
        "no HTTP": b"SMTP ready\r\n\r\n",
    }.items(),
    ids=lambda item: item[0],
)
async def test_an_answer_that_breaks_off_is_retried_until_75(answer: tuple[str, bytes], client_of: Opened) -> None:
    with RawServer(Raw([answer[1]])) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(TryLater):
                await ask(client)
            assert client.calls.retried == 4
            assert client.calls.sent >= len(server.requests) >= 5


async def test_an_answer_that_breaks_off_once_is_whole_the_second_time(client_of: Opened) -> None:
    with RawServer(Raw([http(b"[1", length=3)]), Raw([http(b"[1]")])) as server:
        async with client_of(server.base_url) as client:
            assert (await ask(client)).body == b"[1]"


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
async def test_a_bomb_is_bounded_and_not_asked_for_again(encoding: str, client_of: Opened) -> None:
    zeros = bytes(64 << 20)
    bombs: dict[str, Callable[[], bytes]] = {
        "gzip": lambda: zlib_gzip(zeros),
        "br": lambda: brotli.compress(zeros, quality=1),
        "zstd": lambda: zstd.compress(zeros),
    }
    with RawServer(Raw([http(bombs[encoding](), f"Content-Encoding: {encoding}")])) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(ProtocolBroken, match="larger than 4 MB"):
                await ask(client, bounds=Bounds(max_bytes=4 << 20))
    assert len(server.requests) == 1


def zlib_gzip(data: bytes) -> bytes:
    deflate = zlib.compressobj(1, zlib.DEFLATED, 31)
    return deflate.compress(data) + deflate.flush()


async def test_an_endless_body_is_bounded(client_of: Opened) -> None:
    endless = [b"HTTP/1.1 200 OK\r\n\r\n", *[b"[" * (1 << 20)] * 64]
    with RawServer(Raw(endless)) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(ProtocolBroken, match="larger than 2 MB"):
                await ask(client, bounds=Bounds(max_bytes=2 << 20))


async def test_a_byte_now_and_then_meets_the_total_deadline(client_of: Opened) -> None:
    drip = [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", *[b"["] * 9999]
    with RawServer(Raw(drip, pause_s=0.01)) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(TryLater, match="took too long"):
                await ask(client, bounds=Bounds(total_s=0.08))


async def test_a_header_now_and_then_meets_the_total_deadline(client_of: Opened) -> None:
    with RawServer(Raw([b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n"] * 999], pause_s=0.01)) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(TryLater, match="took too long"):
                await ask(client, bounds=Bounds(head_s=0.08))


async def test_an_encoding_that_was_not_asked_for_is_the_servers_fault(client_of: Opened) -> None:
    with RawServer(Raw([http(b"[]", "Content-Encoding: compress")])) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(ProtocolBroken, match="Content-Encoding"):
                await ask(client)


@pytest.mark.parametrize(
    ("date", "read"),
    [
        ("Tue, 10 Mar 2026 12:00:00 GMT", NOON),
        ("Tue, 10 Mar 2026 13:00:00 +0100", NOON),
        ("Fri, 31 Dec 9999 23:59:59 -0100", None),
        ("yesterday", None),
    ],
)
async def test_the_servers_own_time_is_read_from_its_date_header(
    date: str, read: datetime | None, client_of: Opened
) -> None:
    with RawServer(Raw([http(b"[]", f"Date: {date}")])) as server:
        async with client_of(server.base_url) as client:
            assert (await ask(client)).date == read


# -- throttled, refused, away -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        ("2", 2, 3),
        ("1.5", 1.5, 2.5),
        ("-5", 0, 1),
        ("Tue, 10 Mar 2026 12:00:07 GMT", 7, 8),
        ("Tue, 10 Mar 2020 12:00:00 GMT", 0, 1),
        ("soon", 0, 1),
        ("", 0, 1),
        (None, 0, 1),
        ("nan", 0, 1),
        ("9" * 5000, None, None),
        ("1e400", None, None),
    ],
)
async def test_a_429_waits_at_least_what_is_asked_whatever_its_form(
    asked: str | None, least: float | None, most: float | None, client_of: Opened
) -> None:
    headers = ["Date: Tue, 10 Mar 2026 12:00:00 GMT", *([] if asked is None else [f"Retry-After: {asked}"])]
    clock = QuickClock()
    with RawServer(Raw([http(b"{}", *headers, status="429 Too Many")], close=False), Raw([OK])) as server:
        async with client_of(server.base_url, clock=clock) as client:
            if least is None or most is None:
                with pytest.raises(BudgetSpent) as parked:
                    await ask(client)
                assert NOON + timedelta(days=6) < (parked.value.resume_at or NOON) < NOON + timedelta(days=8)
            else:
                await ask(client)
                assert least <= clock.monotonic() <= most
                assert (client.calls.sent, client.calls.limited, client.calls.retried) == (2, 1, 1)


async def test_a_server_that_keeps_saying_429_is_left_alone_after_bounded_tries(client_of: Opened) -> None:
    with Server([Answer({}, 429, {"Retry-After": "1"})]) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(TryLater) as failure:
                await ask(client)
    assert len(server.seen) == 8
    assert failure.value.resume_at is not None


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 425])
async def test_an_outage_ends_after_bounded_tries_with_75(status: int, client_of: Opened) -> None:
    clock = QuickClock()
    with Server([Answer(b"<html>away</html>", status)]) as server:
        async with client_of(server.base_url, clock=clock) as client:
            with pytest.raises(TryLater) as failure:
                await ask(client)
    assert len(server.seen) == 5
    assert failure.value.exit_code == 75
    assert failure.value.resume_at is not None and failure.value.resume_at >= clock.now() + timedelta(seconds=59)
    assert all(nap <= 8 for nap in clock.naps)


def drawn(tries: int) -> list[float]:
    """The waits that a client of these tests draws between so many tries."""
    rng = random.Random(1)
    return [rng.uniform(0, min(0.5 * 2**number, 30)) for number in range(tries - 1)]


async def test_an_outage_is_waited_for_longer_and_longer_between_the_tries(client_of: Opened) -> None:
    clock = QuickClock()
    with Server([Answer(b"", 503)]) as server:
        async with client_of(server.base_url, clock=clock) as client:
            with pytest.raises(TryLater):
                await ask(client)
    assert clock.naps == drawn(5)
    assert sum(clock.naps) > 2


@pytest.mark.parametrize(("headers", "asked_s"), [({}, 0), ({"Retry-After": "3"}, 3)])
async def test_a_429_stops_the_account_for_the_drawn_wait_beside_the_one_that_is_asked_for(
    headers: dict[str, str], asked_s: float, client_of: Opened
) -> None:
    clock = QuickClock()
    with Server([Answer({}, 429, headers)]) as server:
        async with client_of(server.base_url, clock=clock) as client:
            with pytest.raises(TryLater) as failure:
                await ask(client)
    assert clock.monotonic() == pytest.approx(sum(drawn(8)) + 7 * asked_s, abs=0.1)
    assert failure.value.resume_at == clock.now() + timedelta(seconds=60)


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_credentials_are_not_tried_again(status: int, client_of: Opened) -> None:
    with Server([Answer({"error": True, "error_message": "no"}, status)]) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(CredentialsRefused) as failure:
                await ask(client)
    assert len(server.seen) == 1
    assert failure.value.exit_code == 77
    assert "s3cr3t" not in repr(failure.value)


async def test_a_spent_day_told_by_the_server_parks_until_its_reset(client_of: Opened) -> None:
    reset = NOON + timedelta(hours=5)
    headers = {"X-RateLimit-Daily-Remaining": "0", "X-RateLimit-Daily-Reset": str(int(reset.timestamp()))}
    with Server([Answer({}, 429, headers)]) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(BudgetSpent) as parked:
                await ask(client)
    assert parked.value.resume_at is not None
    assert timedelta() <= parked.value.resume_at - reset < timedelta(seconds=2)
    assert len(server.seen) == 1


@pytest.mark.parametrize("reset", ["nan", "soon", "0", "99999999999999999999", None])
async def test_a_spent_day_with_an_unbelievable_reset_parks_until_midnight(
    reset: str | None, client_of: Opened
) -> None:
    headers = {"X-RateLimit-Daily-Remaining": "0", **({} if reset is None else {"X-RateLimit-Daily-Reset": reset})}
    with Server([Answer({}, 429, headers)]) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(BudgetSpent) as parked:
                await ask(client)
    midnight = NOON + timedelta(hours=11)  # in Amsterdam, in winter
    assert parked.value.resume_at is not None
    assert timedelta() <= parked.value.resume_at - midnight < timedelta(seconds=2)


async def test_a_refused_connection_is_75(client_of: Opened) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with client_of(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(TryLater, match="cannot be reached"):
            await ask(client)


async def test_a_name_that_cannot_be_looked_up_is_75(client_of: Opened) -> None:
    async with client_of("https://nowhere.invalid") as client:
        with pytest.raises(TryLater, match="cannot be"):
            await ask(client)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


async def test_a_bad_certificate_is_75_and_never_a_reason_to_go_without(certificate: Path, client_of: Opened) -> None:
    with TlsServer(certificate, Raw([OK])) as server:
        async with client_of(f"https://localhost:{server.port}") as client:
            with pytest.raises(TryLater, match="certificate"):
                await ask(client)
    assert server.requests == []


async def test_a_certificate_that_the_account_names_is_trusted(certificate: Path, client_of: Opened) -> None:
    with TlsServer(certificate, Raw([OK])) as server:
        async with client_of(f"https://localhost:{server.port}", ca_file=certificate) as client:
            assert (await ask(client)).status == 200


async def test_a_certificate_file_that_is_none_is_a_matter_of_configuration(tmp_path: Path, client_of: Opened) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ConfigurationError, match="ca_file"):
        async with client_of("https://localhost", ca_file=tmp_path / "ca.pem"):
            pass


async def test_no_error_tells_the_query_or_the_credentials(client_of: Opened) -> None:
    with RawServer(Raw([b"HTTP/1.1 200 OK\r\nbroken header\r\n\r\n"])) as server:
        async with client_of(server.base_url) as client:
            with pytest.raises(EtlError) as failure:
                await client.ask("/find", {"email": "jan@example.nl"}, None, where="bikes")  # type: ignore[arg-type]
    told = f"{failure.value} {failure.value!r} {failure.value.__cause__!r}"
    assert "jan" not in told and "s3cr3t" not in told and "Basic" not in told
