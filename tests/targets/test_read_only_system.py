"""A system that is only read, and that nobody simulates, is whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from etl.records import schemas
from etl.simulator.vendors import vendors
from etl.systems import SYSTEMS
from etl.systems import round_trips as pairs
from etl.systems.targets import targets_of

READ_ONLY = replace(SYSTEMS["recras"], id="only_read", targets=())


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SYSTEMS.loaded, READ_ONLY.id, READ_ONLY)


@pytest.mark.usefixtures("known")
def test_it_has_pairs_with_every_target_and_none_to_itself() -> None:
    found = {pairs.name(system, target) for system, _, target in pairs.pairs()}
    assert {name for name in found if READ_ONLY.id in name} == {f"{READ_ONLY.id}-{system}" for system in vendors()}


@pytest.mark.usefixtures("known")
def test_its_own_names_are_described() -> None:
    assert schemas.own_names("contacts")["display_name"][READ_ONLY.id] == "displaynaam"


def test_it_has_no_targets() -> None:
    assert targets_of(READ_ONLY) == ()


def test_targets_may_be_given_themselves() -> None:
    own = targets_of(SYSTEMS["invoicing"])
    assert targets_of(replace(SYSTEMS["invoicing"], targets=own)) is own
