"""A state folder that others may use is told with what to do, and left as it is."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.support.scripted import Server, shop
from tests.support.workplace import BIKES, Project


def with_state(project: Project, url: str, mode: int) -> Path:
    project.configure(BIKES, url)
    project.state.mkdir()
    project.state.chmod(mode)
    return project.state


@pytest.mark.parametrize("command", [("check",), ("export", "--out", "out"), ("status",)])
@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_state_folder_that_others_may_use_is_told_and_left(
    command: tuple[str, ...], mode: int, project: Project
) -> None:
    with Server(shop(3)) as server:
        folder = with_state(project, server.base_url, mode)
        ran = project.cli(*command)
    assert (ran.code, stat.S_IMODE(folder.stat().st_mode)) == (0, mode), ran.err
    assert "chmod 700 .etl" in ran.err


@pytest.mark.parametrize("command", [("check",), ("export", "--out", "out")])
def test_a_private_state_folder_is_not_spoken_of(command: tuple[str, ...], project: Project) -> None:
    with Server(shop(3)) as server:
        with_state(project, server.base_url, 0o700)
        ran = project.cli(*command)
    assert (ran.code, "chmod" in ran.err) == (0, False)
