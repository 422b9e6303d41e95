"""The ledger: what one run knows, the next one knows too; and what it cannot know is refused or looked up."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from etl.config import settings
from etl.errors import ConfigurationError, EtlError, TryLater
from etl.push.earlier_runs import destination_of_run
from etl.state.entries import Choice, Decision, EntryState, Line, Source, Step
from etl.state.ledger_file import LedgerPaths, open_ledger
from etl.state.ledger_retention import Forgotten

from .conftest import Opened, people

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TARGET = "cyclesoftware https://shop.example.nl 0123456789abcdef0123 customers"
ROW = Source("", "", "1")


def place(folder: Path) -> LedgerPaths:
    return LedgerPaths(folder, folder / "seals")


def sending(source: Source = ROW, state: EntryState = EntryState.SENDING) -> Step:
    return Step(source, state, "create", None, "h", "{}", None, "run", 0, NOW)


def test_what_is_in_doubt_cannot_be_sent(tmp_path: Path) -> None:
    with open_ledger(place(tmp_path), TARGET, now=NOW) as ledger:
        ledger.write([sending()])
        for state in (EntryState.SENDING, EntryState.UNKNOWN, EntryState.REVIEW):
            ledger.write([Step(ROW, state)]) if state is not EntryState.SENDING else None
            with pytest.raises(EtlError, match="in doubt"):
                ledger.write([sending(), sending(Source("", "", "2"))])
        assert ledger.entries_of([Source("", "", "2")]) == {}  # nothing of a refused write is kept


def test_a_step_without_a_hash_keeps_the_one_that_is_known_and_an_empty_one_forgets_it(tmp_path: Path) -> None:
    with open_ledger(place(tmp_path), TARGET, now=NOW) as ledger:
        ledger.write([sending(), Step(ROW, EntryState.DONE)])
        assert ledger.entries_of([ROW])[ROW].hash == "h"
        ledger.write([sending()._replace(hash="")])
        assert ledger.entries_of([ROW])[ROW].hash is None
        new = Source("", "", "2")
        ledger.write([sending(new)._replace(hash="")])
        assert ledger.entries_of([new])[new].hash is None


def test_a_run_of_which_a_row_was_in_doubt_is_forgotten_whole_when_that_is_settled(tmp_path: Path) -> None:
    with open_ledger(place(tmp_path), TARGET, now=NOW) as ledger:
        ledger.begin("run", "er.customers", NOW)
        said = '{"name":"Jansen"}'
        doubt = Step(ROW, EntryState.UNKNOWN, at=NOW)
        ledger.write([sending()._replace(body=said), doubt, Line("run", 0, ROW, "unknown")])
        later = NOW + timedelta(days=1)
        assert ledger.forget(later) == Forgotten()
        assert ledger.entries_of([ROW])[ROW].body.text == said
        ledger.write([Step(ROW, EntryState.DONE)])
        assert ledger.forget(later, again=False) == Forgotten()
        assert ledger.forget(later) == Forgotten(entries=1)
        assert "Jansen" not in str(ledger.entries_of([ROW])[ROW].body.text)


def test_a_decision_does_not_settle_what_is_in_doubt(tmp_path: Path) -> None:
    with open_ledger(place(tmp_path), TARGET, now=NOW) as ledger:
        for state in (EntryState.SENDING, EntryState.UNKNOWN):
            ledger.write([sending(state=state)])
            for choice in (Choice.ACCEPT, Choice.NEW):
                ledger.decide(Decision(ROW, choice, "17" if choice is Choice.ACCEPT else None), NOW)
                assert [(one.state, one.remote_id) for one in ledger.in_doubt()] == [(state, None)]


def test_what_a_killed_run_was_sending_is_unknown_to_the_next_and_only_at_its_target(tmp_path: Path) -> None:
    with open_ledger(place(tmp_path), TARGET, now=NOW) as ledger:
        ledger.write([sending()])
    with open_ledger(place(tmp_path), "elsewhere.nl/customers", now=NOW) as other:
        other.begin("other", "er.customers", NOW)
        assert other.in_doubt() == []
        other.write([sending()])
    with open_ledger(place(tmp_path), TARGET, now=NOW) as ledger:
        ledger.begin("next", "er.customers", NOW)
        assert [entry.state for entry in ledger.in_doubt()] == [EntryState.UNKNOWN]


def test_two_sources_with_one_number_are_two_rows(tmp_path: Path) -> None:
    one, two = Source("north", "klanten", "12"), Source("south", "klanten", "12")
    with open_ledger(place(tmp_path), TARGET, now=NOW) as ledger:
        ledger.write([sending(one), sending(two)])
        assert set(ledger.entries_of([one, two, ROW])) == {one, two}


def test_a_ledger_that_is_gone_old_or_broken_is_refused_with_78_and_says_how_to_go_on(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with open_ledger(place(tmp_path), TARGET, now=NOW):
        pass
    shutil.copy(path, tmp_path / "old")
    with open_ledger(place(tmp_path), TARGET, now=NOW):
        pass
    newest = path.read_bytes()
    for content in (None, (tmp_path / "old").read_bytes(), b"no database at all" * 500, newest[:5000]):
        path.unlink() if content is None else path.write_bytes(content)
        with (
            pytest.raises(ConfigurationError, match="--rebuild-ledger") as raised,
            open_ledger(place(tmp_path), TARGET, now=NOW),
        ):
            pass
        assert raised.value.exit_code == 78
    path.write_bytes(newest)
    with open_ledger(place(tmp_path), TARGET, now=NOW):
        pass


async def test_a_ledger_that_is_gone_with_its_seal_is_missed_all_the_same(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        report = await shop.push(people(2))
        for name in ("ledger.db", "ledger.seal"):
            (shop.folder / ".etl" / name).unlink()
        with pytest.raises(ConfigurationError, match="is gone"):
            destination_of_run(settings.load(shop.config), report.run_id)
        with pytest.raises(ConfigurationError, match="--rebuild-ledger"):
            await shop.push(people(2))
        assert len(shop.made) == 2


@pytest.mark.parametrize("target", ["customers", "contacts"])
async def test_a_rebuilt_ledger_looks_rows_up_before_it_sends_them(target: str, shop_of: Opened) -> None:
    async with shop_of(target) as shop:
        await shop.push(people(4))
        (shop.folder / ".etl" / "ledger.db").unlink()
        with pytest.raises(ConfigurationError):
            await shop.push(people(6))
        report = await shop.push(people(6), rebuild=True)
        assert report.outcomes == {"unchanged": 4, "created": 2}
        assert len(shop.made) == len(set(shop.made)) == 6
        again = await shop.push(people(8))
        assert again.outcomes == {"unchanged": 6, "created": 2}


async def test_a_row_edited_between_runs_becomes_an_update_never_a_second_create(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        await shop.push(people(3))
        rows = people(3)
        rows[1]["city"] = "Ede"
        report = await shop.push(rows)
        assert report.outcomes == {"unchanged": 2, "updated": 1}
        assert len(shop.made) == 3
        (update,) = shop.log("updated")
        assert update["body"]["city"] == "Ede"
        assert update["body"]["email"] == "j2@example.nl"
        assert (await shop.push(rows)).outcomes == {"unchanged": 3}


async def test_a_row_whose_cells_changed_and_whose_body_did_not_costs_no_call(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        await shop.push(people(3, website="https://een.example.nl"))
        shop.simulator.stats["systems"]["cyclesoftware"]["operations"].clear()
        report = await shop.push(people(3, website="https://twee.example.nl"))
        calls = shop.simulator.stats["systems"]["cyclesoftware"]["operations"]
        assert (report.outcomes, dict(calls)) == ({"unchanged": 3}, {})


async def test_a_row_edited_while_its_outcome_is_unknown_is_settled_first(shop_of: Opened) -> None:
    faults = [
        {"method": "POST", "when": {"nth": [2]}, "action": {"drop_after": True}},
        {"method": "GET", "when": {"nth": list(range(2, 100))}, "action": {"status": 503}},
    ]
    async with shop_of("customers", faults=faults) as shop:
        assert (await shop.push(people(3))).outcomes == {"created": 2, "unknown": 1}
        shop.simulator.set_faults(None)
        rows = people(3)
        for row in rows:
            row["city"] = "Ede"
        report = await shop.push(rows)
        assert report.outcomes == {"updated": 3}
        assert len(shop.made) == 3


async def test_what_failed_is_tried_again_once_it_is_mended(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        rows = people(3)
        rows[1] |= {"last_name": "", "country": "Verweggistan"}
        report = await shop.push(rows)
        assert (report.exit_code, report.outcomes) == (65, {"created": 2, "rejected": 1})
        (reject,) = shop.rejects(report)
        assert (reject["nr"], reject["field"], bool(reject["reason"])) == ("2", "country, last_name", True)
        mended = [{**reject, "last_name": "Jansen 2", "country": "NL"}]
        report = await shop.push(mended)
        assert (report.exit_code, report.outcomes) == (0, {"created": 1})
        assert sorted(shop.made) == ["Jansen 1", "Jansen 2", "Jansen 3"]


async def test_a_key_that_stands_twice_is_sent_once(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        report = await shop.push([*people(2), {**people(1)[0], "last_name": "Anders"}, {**people(1)[0], "nr": ""}])
        assert report.outcomes == {"created": 2, "rejected": 2}
        assert [row["outcome"] for row in shop.results(report)] == ["created", "created", "rejected", "rejected"]


async def test_a_second_push_is_refused_while_one_holds_the_target(shop_of: Opened) -> None:
    from etl.config import settings
    from etl.push.push import held
    from etl.push.push_order import destination_of

    async with shop_of("customers") as shop:
        loaded = settings.load(shop.config)
        with held(loaded, destination_of(loaded, "er.customers")), pytest.raises(TryLater):
            await shop.push(people(1))
