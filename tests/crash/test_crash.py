"""The exporter on a disk that fails: a sample. `make test-crash` plays hundreds of rounds."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from . import lock, obstacles, plan
from .disk import MISSING
from .obstacles import Obstacle
from .rounds import Arena, arena

SEED = 1


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    try:
        with arena(tmp_path_factory.mktemp("crash").resolve()) as made:
            yield made
    except FileNotFoundError as error:
        if str(error) != MISSING or os.environ.get("CI"):
            raise
        pytest.skip(MISSING)


def complaints(place: Arena, deeds: dict[str, int]) -> str:
    rounds = [round_ for deed, count in deeds.items() for round_ in plan.few(place, deed, count, SEED)]
    verdicts = list(place.play_all(rounds))
    assert sum(verdict.struck for verdict in verdicts) > len(rounds) // 2, "hardly a blow fell"
    return "\n".join(str(verdict) for verdict in verdicts if verdict.complaints)


def test_killed_at_any_call_the_next_run_ends_like_an_undisturbed_one(place: Arena) -> None:
    assert complaints(place, {"kill": 3, "torn": 2}) == ""


def test_without_power_nothing_is_lost_that_was_said_to_be_durable(place: Arena) -> None:
    assert complaints(place, {"power": 4}) == ""


def test_killed_at_any_moment_and_again_the_last_run_ends_like_an_undisturbed_one(place: Arena) -> None:
    rounds = [*plan.rounds(place, "moment", 1, SEED), *plan.rounds(place, "chain", 1, SEED)]
    assert "\n".join(str(verdict) for verdict in place.play_all(rounds) if verdict.complaints) == ""


def test_a_disk_that_fails_is_told_with_73_or_74_and_mended_by_the_next_run(place: Arena) -> None:
    assert complaints(place, {"EIO": 2, "full": 1, "short": 1}) == ""


@pytest.mark.parametrize("obstacle", [obstacles.FOLDER_FOR_FILE, obstacles.FILE_FOR_TABLES], ids=lambda one: one.name)
def test_something_else_in_the_place_of_an_output_is_73_and_stays(obstacle: Obstacle, place: Arena) -> None:
    assert obstacles.meet(place, obstacle).complaints == ()


def test_a_second_run_is_refused_without_waiting_and_kill_9_frees_the_lock(place: Arena) -> None:
    assert lock.contend(place) == []
