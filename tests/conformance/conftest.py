"""A registry for each test: what one declares in this process is no system of the next one."""

from __future__ import annotations

import pytest

from etl.systems import SYSTEMS


@pytest.fixture(autouse=True)
def _registry_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("loaded", "_declared_by", "_files", "_named", "_unread", "_refused"):
        monkeypatch.setattr(SYSTEMS, name, getattr(SYSTEMS, name).copy())
