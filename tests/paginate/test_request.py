"""What is asked: a time in the account's zone, so that nothing since is missed, also in the night summer time ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl.paginate.request import naive

ZONES = ["Europe/Amsterdam", "Atlantic/Azores", "UTC", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata"]
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        ("2026-03-10T12:00:00", "2026-03-10 13:00:00"),
        ("2026-07-10T12:00:00", "2026-07-10 14:00:00"),
        ("2026-03-29T00:59:59", "2026-03-29 01:59:59"),  # summer time begins
        ("2026-03-29T01:00:00", "2026-03-29 03:00:00"),
        ("2026-10-24T23:59:59", "2026-10-25 01:59:59"),  # summer time ends: from two to three comes twice
        ("2026-10-25T00:00:00", "2026-10-25 01:00:00"),
        ("2026-10-25T00:30:00", "2026-10-25 01:00:00"),
        ("2026-10-25T01:30:00", "2026-10-25 01:00:00"),
        ("2026-10-25T01:59:59", "2026-10-25 01:00:00"),
        ("2026-10-25T02:00:00", "2026-10-25 03:00:00"),
    ],
)
def test_a_moment_is_written_in_amsterdam_as_a_time_that_is_not_later(moment: str, written: str) -> None:
    assert naive(datetime.fromisoformat(moment).replace(tzinfo=UTC), "Europe/Amsterdam") == written


@given(at=MOMENTS, zone=st.sampled_from(ZONES))
@example(at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC), zone="Europe/Amsterdam")
@example(at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC), zone="Europe/Amsterdam")
@example(at=datetime(2026, 4, 4, 15, 15, tzinfo=UTC), zone="Australia/Lord_Howe")
def test_however_a_server_reads_it_no_moment_since_is_missed(at: datetime, zone: str) -> None:
    wall = datetime.fromisoformat(naive(at, zone))
    for fold in (0, 1):
        read = wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)
        assert at - timedelta(hours=3) <= read <= at
