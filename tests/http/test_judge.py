"""What an answer means, and what of it may be shown."""

from __future__ import annotations

from typing import Any

import pytest

from etl.errors import CredentialsRefused, EtlError, ProtocolBroken, RemoteRefused, TryLater
from etl.http.judge import Repeatable, judge, readable
from etl.systems import SYSTEMS

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
        ("cyclesoftware", 302, None, (ProtocolBroken, False)),
        ("cyclesoftware", 503, None, (TryLater, True)),
        ("invoicing", 200, {"response": {"code": 401, "message": "no"}}, (CredentialsRefused, False)),
        ("invoicing", 200, {"response": {"code": "500"}}, (TryLater, True)),
        ("invoicing", 200, {"response": {"code": "what"}}, (RemoteRefused, False)),
        ("invoicing", 200, {"response": {"code": 200}}, (None, False)),
        ("recras", 200, {"error": "no such thing"}, (RemoteRefused, False)),
        ("recras", 200, [], (None, False)),
    ],
)
def test_an_answer_is_judged_by_status_and_body_together(
    system: str, status: int, body: Any, means: tuple[type[EtlError] | None, bool]
) -> None:
    assert verdict(system, status, body) == means


def test_a_vendors_message_is_shown_without_personal_data_on_one_bounded_line() -> None:
    said = "No customer\nj.jansen@example.nl with\x1b[31m phone 06-1234 5678.\n" + "x" * 900
    shown = readable(said)
    assert "jansen" not in shown and "5678" not in shown
    assert shown.isprintable() and len(shown) <= 200
