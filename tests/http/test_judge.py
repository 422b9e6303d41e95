"""What an answer means, and what of it may be shown."""

from __future__ import annotations

from typing import Any

import pytest
from multidict import CIMultiDict

from etl.errors import CredentialsRefused, EtlError, ProtocolBroken, RemoteRefused, TryLater
from etl.http.answer import Response
from etl.http.judge import BOM, Repeatable, judge, judge_response, readable
from etl.systems import SYSTEMS
from tests.support.clock import NOON

BIKES, PARK, BOOKS = (SYSTEMS[name] for name in ("cyclesoftware", "recras", "invoicing"))


def verdict(system: str, status: int, body: Any) -> tuple[type[EtlError] | None, bool]:
    """What it ends in, and whether another try is worth while first."""
    try:
        judge(SYSTEMS[system], status, body, "here")
    except Repeatable as again:
        return type(again.final), True
    except EtlError as error:
        return type(error), False
    return None, False


@pytest.mark.parametrize(
    ("system", "status", "body", "means"),
    [
        ("cyclesoftware", 200, {"error": False}, (None, False)),
        ("cyclesoftware", 200, {"error": True, "error_message": "Unknown filter"}, (RemoteRefused, False)),
        ("cyclesoftware", 200, {"error": True, "error_message": "Rate limit exceeded"}, (TryLater, True)),
        ("cyclesoftware", 403, {"error": True, "error_message": "Rate limit exceeded"}, (TryLater, True)),
        ("cyclesoftware", 200, {"error": True, "error_message": "Unauthorized"}, (CredentialsRefused, False)),
        ("cyclesoftware", 429, None, (TryLater, True)),
        ("cyclesoftware", 401, None, (CredentialsRefused, False)),
        ("cyclesoftware", 403, None, (CredentialsRefused, False)),
        ("cyclesoftware", 400, None, (RemoteRefused, False)),
        ("cyclesoftware", 404, None, (RemoteRefused, False)),
        ("cyclesoftware", 300, None, (ProtocolBroken, False)),
        ("cyclesoftware", 302, None, (ProtocolBroken, False)),
        ("cyclesoftware", 503, None, (TryLater, True)),
        ("invoicing", 200, {"response": {"code": 401, "message": "no"}}, (CredentialsRefused, False)),
        ("invoicing", 200, {"response": {"code": "500"}}, (TryLater, True)),
        ("invoicing", 200, {"response": {"code": "what"}}, (RemoteRefused, False)),
        ("invoicing", 200, {"response": {"code": 200}}, (None, False)),
        ("recras", 200, {"error": "no such thing"}, (RemoteRefused, False)),
        ("cyclesoftware", 200, {"error": 1, "error_message": "Rate limit exceeded"}, (TryLater, True)),
        ("cyclesoftware", 503, {"error": 1, "error_message": "Away"}, (TryLater, True)),
        ("invoicing", 200, {"response": {"code": 200, "error": 1}}, (RemoteRefused, False)),
        ("invoicing", 200, {"response": {"code": 500, "error": 1}}, (TryLater, True)),
        ("recras", 200, [], (None, False)),
        ("woocommerce", 200, {"code": "x", "message": "m", "data": {"status": 401}}, (CredentialsRefused, False)),
        ("woocommerce", 403, {"code": "x", "message": "m", "data": {"status": 403}}, (CredentialsRefused, False)),
        ("woocommerce", 200, {"code": "x", "message": "m", "data": {"status": 503}}, (TryLater, True)),
        ("woocommerce", 429, None, (TryLater, True)),
        ("woocommerce", 400, {"code": "x", "message": "m", "data": {"status": 400}}, (RemoteRefused, False)),
        ("woocommerce", 200, {"code": "x", "message": "m", "data": None}, (RemoteRefused, False)),
        ("woocommerce", 200, {"id": 7, "code": "x"}, (None, False)),
        ("moneybird", 200, [{"id": "1"}], (None, False)),
        ("moneybird", 404, {"error": "record not found", "symbolic": {"id": "not_found"}}, (RemoteRefused, False)),
        ("moneybird", 422, {"error": {"lastname": ["is required"]}, "details": {}}, (RemoteRefused, False)),
        ("moneybird", 401, {"error": "No access to sales_invoices or estimates"}, (CredentialsRefused, False)),
        ("moneybird", 429, "Retry later", (TryLater, True)),
        ("moneybird", 200, "Retry later", (TryLater, True)),
        ("moneybird", 503, {"error": "This takes too long, try later"}, (TryLater, True)),
    ],
)
def test_an_answer_is_judged_by_status_and_body_together(
    system: str, status: int, body: Any, means: tuple[type[EtlError] | None, bool]
) -> None:
    assert verdict(system, status, body) == means


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(
    "body",
    [
        *({"error": yes} for yes in (True, 1, 2, 1.5, "1", "true", "True", " yes ", "Broken", {"code": 5}, ["Broken"])),
        *({"error": none, "error_message": "Broken"} for none in (None, "")),
        {"error_message": "Broken"},
        {"error_message": ["Broken"]},
    ],
)
def test_an_error_is_one_in_every_spelling_of_truth(body: Any, system: str) -> None:
    assert verdict(system, 200, body) == (RemoteRefused, False)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("no", [False, 0, 0.0, None, "", " ", "0", "false", "False", "null", [], {}])
def test_no_error_is_none_in_every_spelling_of_it(no: Any, system: str) -> None:
    for body in ({"error": no}, {"error_message": no}, {"error": no, "error_message": no}):
        assert verdict(system, 200, body) == (None, False)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": 1, "error_message": "Unknown filter"}, ": Unknown filter"),
        ({"error": 1, "error_message": "null", "message": "Unknown filter"}, ": Unknown filter"),
        ({"error": "Unknown filter", "error_message": False}, ": Unknown filter"),
        ({"error": {"message": "Unknown filter"}}, ": Unknown filter"),
        ({"error": "1"}, ""),
        ({"error": "true", "error_message": {"a": 1}}, ""),
    ],
)
def test_the_words_of_an_error_are_told_and_no_truth_is_taken_for_them(body: Any, said: str) -> None:
    for system in SYSTEMS.values():
        with pytest.raises(RemoteRefused) as raised:
            judge(system, 200, body, "here")
        assert raised.value.message == f"here: the server refuses (200){said}."


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"<!DOCTYPE html>", b"\xef\xbb\xbf\r\n <HTML lang=nl>", b"<!-- away --><p>", b"<h1>Onderhoud</h1>"],
)
def test_a_web_page_is_asked_for_again_in_the_time_that_it_asks_for(body: bytes) -> None:
    with pytest.raises(Repeatable) as raised:
        judge_response(BIKES, answered(200, body, **{"Retry-After": "9"}), "here")
    final = raised.value.final
    assert (type(final), raised.value.retry_after_s, raised.value.limited) == (TryLater, 9.0, False)
    assert final.message == "here: the server keeps sending a web page where JSON was asked for."
    assert final.remedy == "Run the same command again later. If that does not help: is base_url right?"


SAID = {"error": True, "error_message": "Rate limit exceeded."}
NO_CREDENTIALS = "Check them in etl.toml and with the vendor; nothing was changed."


@pytest.mark.parametrize(
    ("status", "body", "message", "remedy"),
    [
        (429, None, "here: the server keeps saying that there were too many calls.", None),
        (200, SAID, "here: the server keeps saying that there were too many calls: Rate limit exceeded.", None),
        (401, None, "here: the server refuses these credentials (401).", NO_CREDENTIALS),
        (503, None, "here: the server cannot answer now (503).", "Run the same command again later."),
        (302, None, "here: the server redirects (302) where its document knows no redirect; not followed.", None),
        (404, None, "here: the server refuses (404).", None),
    ],
)
def test_an_error_says_where_what_the_server_said_and_what_to_do(
    status: int, body: Any, message: str, remedy: str | None
) -> None:
    with pytest.raises((EtlError, Repeatable)) as raised:
        judge(BIKES, status, body, "here")
    if isinstance(raised.value, Repeatable):
        assert str(raised.value) == message
    failure = raised.value.final if isinstance(raised.value, Repeatable) else raised.value
    assert isinstance(failure, EtlError)
    assert failure.message == message
    if remedy is not None:
        assert failure.remedy == remedy


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_is_asked_for_goes_with_the_answer(status: int) -> None:
    with pytest.raises(Repeatable) as raised:
        judge(BIKES, status, None, "here", wait_s=4.5)
    assert (raised.value.retry_after_s, raised.value.limited) == (4.5, status == 429)


def answered(status: int, body: bytes, **headers: str) -> Response:
    return Response(status, CIMultiDict(headers), body, "identity", body, NOON)


def test_what_stands_in_a_body_is_judged_and_told() -> None:
    assert judge_response(BIKES, answered(200, b'{"customers": []}'), "here") == {"customers": []}
    assert judge_response(BIKES, answered(200, b"no JSON"), "here") is None
    for mark in (b"", BOM):
        with pytest.raises(RemoteRefused, match=r"^there: the server refuses \(200\): Unknown filter\.$"):
            judge_response(BIKES, answered(200, mark + b'{"error": true, "error_message": "Unknown filter"}'), "there")


def test_a_server_that_has_no_record_is_believed_by_status_and_message_and_by_nothing_less() -> None:
    body = b'{"error": true, "error_message": " Not there "}'
    nothing = (400, "Not there")
    assert judge_response(BIKES, answered(400, body), "here", nothing=nothing) is not None
    for other in (answered(404, body), answered(400, b'{"error": true, "error_message": "Gone"}')):
        with pytest.raises(RemoteRefused):
            judge_response(BIKES, other, "here", nothing=nothing)


@pytest.mark.parametrize(("date", "wait_s"), [({}, 60.0), ({"Date": "Tue, 10 Mar 2026 12:00:50 GMT"}, 10.0)])
def test_a_date_to_come_back_at_is_read_by_the_servers_clock_where_it_tells_it(
    date: dict[str, str], wait_s: float
) -> None:
    answer = answered(503, b"", **date, **{"Retry-After": "Tue, 10 Mar 2026 12:01:00 GMT"})
    with pytest.raises(Repeatable) as raised:
        judge_response(BIKES, answer, "here")
    assert raised.value.retry_after_s == wait_s


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("It is   wrong...", "It is wrong"),
        ("...wrong", "...wrong"),
        ("one\ttwo\x00three\nfour", "one two three four"),
        ("Mail jan@example.nl now", "Mail … now"),
        ("Authorization: Basic c2hvcDpzM2NyM3Q= is wrong", "Authorization: Basic … is wrong"),
        ("is wrong XX", "is wrong XX"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_vendors_message_is_one_line_and_ends_in_no_stop(said: str, shown: str) -> None:
    assert readable(said) == shown


@pytest.mark.parametrize(
    "said",
    [
        "token expired",
        "Bearer token expired",
        "The token has expired, log in again",
        "Token expired.",
        "password is too short, and not valid",
        "API key not valid",
        "Basic authentication is off",
        "no data since 2026-11-26",
        "closed until 2026-11-26 08:30",
        "closed from 2026-11-26T08:30:00Z to 2026-11-27T08:30:00+01:00",
        "this API is v1.2.3, use v10.20.300",
        "version 2026.11.26 is wanted",
        "at most 1000 in a page, and 2026 is no page",
        "customer 12345 is not there",
        "error 500123: wrong",
    ],
)
def test_what_is_no_secret_and_no_person_stays_in_a_vendors_message(said: str) -> None:
    assert readable(said) == said.rstrip(".")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("token 8f3a21 expired", "token … expired"),
        ("token: expired", "token …"),
        ("token = hunter", "token …"),
        ('{"password": "hunter"}', '{"password …'),
        ("token eyJhbGciOiJIUzI expired", "token … expired"),
        ("Bearer abcdefghijklmnopqrstuvwxyz no", "Bearer … no"),
        ("Basic c2hvcDpz no", "Basic … no"),
        ("Bearer token Xk2 expired", "Bearer token … expired"),
        ("call 06-12345678", "call …"),
        ("call 0475.12.34.56 or +32 475 12 34 56", "call … or …"),
        ("call 2026-11-26 12 34", "call …"),
        ("call v 06.12.34.56.78", "call v …"),
        ("call 020-1126-2026", "call …"),
        ("lives at 1234 AB 5, 1234ab", "lives at …, …"),
        ("lives at 1234 is 5", "lives at 1234 is 5"),
        ("lives at 1234 IS 5", "lives at …"),
        ("mail 2026-11-26@example.nl", "mail …"),
    ],
)
def test_what_can_be_a_secret_or_a_person_goes_from_a_vendors_message(said: str, shown: str) -> None:
    assert readable(said) == shown


def test_a_vendors_message_is_shown_without_personal_data_on_one_bounded_line() -> None:
    said = "No customer\nj.jansen@example.nl with\x1b[31m phone 06-1234 5678.\n" + "x" * 900
    shown = readable(said)
    assert "jansen" not in shown and "5678" not in shown
    assert shown.isprintable() and len(shown) <= 200
