"""What the tests share: a project folder, and property tests that neither hurry nor dawdle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from .support.workplace import Project

settings.register_profile("usual", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("usual")


@pytest.fixture(autouse=True, scope="session")
def _own_budgets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test touches the budgets of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("xdg")))
        yield


@pytest.fixture(autouse=True)
def _budgets_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor those of another test, whose server had the same port."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


@pytest.fixture(autouse=True)
def _secrets_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor are the secrets of another test taken out of what this one is told."""
    for known in ("_anywhere", "_alone", "_cores"):
        monkeypatch.setattr(f"etl.scrub.{known}", set())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
